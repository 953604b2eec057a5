"""The eyes of the metrics: the right weights or none, and that they see."""

import shutil

import pytest
import torch

from gan_lib.data import load
from gan_lib.measures.classifier import FEATURES, WEIGHTS, ClassifierError, load_classifier, look_at
from gan_lib.sources.bundled import resource


def test_missing_or_altered_weights_are_refused(tmp_path):
    with pytest.raises(ClassifierError, match="Cannot read"):
        load_classifier(tmp_path / "nowhere.safetensors")
    altered = tmp_path / WEIGHTS
    shutil.copy(resource(WEIGHTS), altered)
    assert load_classifier(altered) is not None
    content = bytearray(altered.read_bytes())
    content[-1] ^= 1
    altered.write_bytes(content)
    with pytest.raises(ClassifierError, match="SHA-256 differs") as caught:
        load_classifier(altered)
    assert "\n" not in str(caught.value)


def test_it_is_frozen_and_looks_the_same_in_any_company(sample):
    classifier = load_classifier()
    assert not classifier.training
    assert not any(p.requires_grad for p in classifier.parameters())
    x = sample[1].floats(slice(60))
    features, logits = look_at(x)
    assert features.shape == (60, FEATURES) and logits.shape == (60, 10)
    assert features.min() >= 0
    alone = look_at(x[7:8], classifier)[0]
    assert torch.allclose(alone[0], features[7], atol=1e-4)


def test_it_reads_digits(sample):
    test = load("mnist", "test")
    least = 0.994 if len(test) == 10_000 else 0.99  # the sample's digits were part of its training
    for data in (test, sample[1]):
        right = (look_at(data.floats())[1].argmax(1) == data.labels).float().mean()
        assert right >= least
