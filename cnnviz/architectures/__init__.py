"""The networks of the course as Keras models, built layer by layer as the lecture lists them."""
