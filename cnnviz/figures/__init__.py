"""Arrays in, figures out. All colours and scales live here; no Keras, no Streamlit."""
