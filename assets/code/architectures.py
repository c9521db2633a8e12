# The network __NETWORK__

print(f"{model.name}: {model.count_params():,} parameters")
