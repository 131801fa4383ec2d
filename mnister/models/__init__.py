"""Exported models, what runs them, and the layers that MNISTER adds to those of Keras.

store.py                versions and manifests: the one door between training and reading;
                        numbers.py: of versions, each given once; version_files.py: a
                        version's files, what strangers among them could do
load.py                 a version → the network as a function: runtimes.py by LiteRT,
                        saved_model.py by TensorFlow
keras_names.py          what Keras offers, without importing it
blocks.py               layers that a model's YAML may list beside those of Keras
page_blocks.py          … those of a page network
builtin.py              the networks that come with MNISTER, in page_network/ and crop_network/
weights.py              a version → the weights it was exported with
batch_normalization.py  batch normalisation that trains by a fused operation
"""
