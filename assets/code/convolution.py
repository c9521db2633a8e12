"""One convolution layer with all that follows it, by Keras."""

import numpy as np
from keras import ops

image = np.array(__IMAGE__, "float32")  # (height, width, channels)
filters = np.array(__FILTERS__, "float32")  # (filters, kernel, kernel, channels)
bias = np.array(__BIAS__, "float32")
stride, padding, dilation = __STRIDE__, __PADDING__, __DILATION__

batch = image[np.newaxis]
if (
    padding != "same"
):  # Keras knows "valid" and "same": any other number of zeros is put around first
    batch = np.pad(batch, [(0, 0), (padding, padding), (padding, padding), (0, 0)])
kernels = filters.transpose(1, 2, 3, 0)  # Keras keeps them as (kernel, kernel, channels, filters)
if dilation > 1:  # Keras strides or dilates, not both: zeros between the weights are the same thing
    size = dilation * (kernels.shape[0] - 1) + 1
    spread = np.zeros((size, size, *kernels.shape[2:]), "float32")
    spread[::dilation, ::dilation] = kernels
    kernels = spread
maps = ops.conv(batch, kernels, stride, "same" if padding == "same" else "valid") + bias
print("convolution", maps.shape[1:])
print(np.array(maps[0]).transpose(2, 0, 1))

if __RELU__:
    maps = ops.relu(maps)
if min(maps.shape[1:3]) >= __POOL_SIZE__:
    pooled = ops.__POOL___pool(maps, __POOL_SIZE__, __POOL_STRIDE__, "valid")
    print("__POOL__ pooling", pooled.shape[1:])
    print(np.array(pooled[0]).transpose(2, 0, 1))
    print("flatten", np.array(pooled).reshape(-1))
print("parameters", filters.size, "+", bias.size)
