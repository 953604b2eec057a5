"""A recipe in words, as a file keeps it."""

from dataclasses import replace

from gan_lib import objectives as o
from gan_lib.keeping.chosen import describe
from gan_lib.remedies.penalties import Penalty, near_r1, r1


def test_the_text_of_an_objective_says_all_that_tells_it_apart():
    plain = o.RELATIVISTIC
    others = [
        replace(plain, penalties=(Penalty(r1, gamma=0.5),)),
        replace(plain, penalties=(Penalty(r1),)),
        replace(plain, penalties=(Penalty(near_r1),)),
        replace(plain, penalties=(Penalty(r1, share=0.25),)),
        replace(plain, penalties=(Penalty(r1, every=4),)),
        replace(plain, together=False),
        replace(plain, generator=o.mean_generator),
        o.binary_cross_entropy(),
        o.binary_cross_entropy(0.9),
        replace(o.binary_cross_entropy(0.9), name="binary cross-entropy"),
        replace(o.binary_cross_entropy(0.8), name="binary cross-entropy"),
    ]
    texts = [describe(each) for each in (plain, *others)]
    assert len(set(texts)) == len(texts)
    assert not any(" at 0x" in text for text in texts)  # the same in each process
