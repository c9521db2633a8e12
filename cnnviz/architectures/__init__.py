"""The networks of the course as data: rows from which tables, diagrams and Keras models come.

ARCHITECTURES["vgg16"].parameters      138,357,544, counted from the rows
ARCHITECTURES["vgg16"].rows            name, kind, output_shape, parameters, multiply_adds, …
ARCHITECTURES["vgg16"].build()         the keras.Model; only this imports Keras
pattern((32, 32, 3), …)                the lecture's pattern of a CNN, for one's own
keras_code(architecture)               the program that builds it
"""

from cnnviz.architectures import classics, detectors, inception, lecture, mobile, resnet, vgg
from cnnviz.architectures.lecture import pattern
from cnnviz.architectures.listing import keras_code
from cnnviz.architectures.network import Architecture, Row

__all__ = ["ARCHITECTURES", "Architecture", "Row", "keras_code", "pattern"]

ARCHITECTURES: dict[str, Architecture] = {
    architecture.key: architecture
    for architecture in (
        lecture.mnist_cnn(),
        lecture.mnist_dense(),
        lecture.keras_25_50(),
        lecture.cats_and_dogs(),
        lecture.vgg16_base_head(),
        classics.lenet5(),
        classics.alexnet(),
        classics.alexnet_two_towers(),
        classics.zfnet(),
        *map(vgg.vgg, vgg.CONFIGURATIONS),
        inception.googlenet(),
        inception.googlenet(auxiliary=True),
        inception.bn_inception(),
        inception.inception_v3(),
        *map(resnet.resnet, resnet.BLOCKS),
        *(resnet.resnet(depth, residual=False) for depth in (18, 34)),
        *map(resnet.cifar_resnet, (20, 56)),
        *(resnet.cifar_resnet(depth, residual=False) for depth in (20, 56)),
        mobile.mobilenet_v2(),
        mobile.efficientnet_lite0(),
        detectors.yolov3_tiny(),
        detectors.ssd_mobilenet_v2(),
        lecture.inception_naive(),
        lecture.inception_reduced(),
        lecture.direct_5x5(),
        lecture.bottleneck_5x5(),
    )
}
