"""From signs to illnesses: each rule finds its own, and none finds anything in health."""

import math

import pytest

from gan_lib.clinic import illnesses, rules
from gan_lib.clinic.examination import Examination
from gan_lib.clinic.report import Watch, in_a_line, on_a_page
from gan_lib.clinic.rules import UNSEEN, diagnose
from gan_lib.clinic.windows import Window, windows
from gan_lib.state import Record

HEALTHY = {
    "accuracy_real": 0.7, "accuracy_fake": 0.73, "logit_real": 0.4, "logit_fake": -0.4,
    "variety": 0.99, "gradient_discriminator": 3.0, "gradient_generator": 1.5,
    "gradient_images": 0.07,
}  # fmt: skip
WELL = Examination(
    known_by_heart=0.51, neighbours=0.0, eval_mode=0.04, lowest_real=-1.0, ground_real=0.81,
    ground_fake=0.79, variety=0.99, commonest=0.2, least_logit=-30.0, most_logit=2000.0,
)  # fmt: skip
# What one training of each case showed in its last fifty steps, seed 7 or 9.
SHOWN = {
    illnesses.COLLAPSE: ({"variety": 0.02, "accuracy_real": 1.0, "accuracy_fake": 1.0,
                          "logit_real": 23.8, "logit_fake": -6.5}, {}),
    illnesses.SLOW_GENERATOR: ({"variety": 0.73, "accuracy_real": 0.99, "accuracy_fake": 1.0}, {}),
    illnesses.BLIND: ({"variety": 0.2, "accuracy_real": 1.0, "accuracy_fake": 0.0,
                       "logit_real": 0.14, "logit_fake": 0.44}, {}),
    illnesses.SATURATED: ({"gradient_images": 1e-5, "gradient_generator": 2e-4, "variety": 0.67,
                           "accuracy_real": 1.0, "accuracy_fake": 1.0}, {}),
    illnesses.UNBOUNDED: ({"logit_real": 878.0, "logit_fake": 894.0}, {}),
    illnesses.BY_HEART: ({}, {"known_by_heart": 0.91}),
    illnesses.WRONG_RANGE: ({"accuracy_real": 0.9, "accuracy_fake": 0.92}, {"lowest_real": 0.0}),
    illnesses.GROUND: ({}, {"ground_fake": 0.05}),
    illnesses.MIXED_BATCH: ({"gradient_images": 0.0011, "gradient_generator": 0.012,
                             "variety": 0.5, "accuracy_real": 1.0, "accuracy_fake": 1.0},
                            {"neighbours": 4.67}),
    illnesses.STATISTICS: ({}, {"eval_mode": 0.36}),
    illnesses.UNCLEARED: ({"gradient_generator": 2910.0, "gradient_images": 0.55,
                           "variety": 0.65}, {}),
    illnesses.DETACHED: ({"gradient_generator": 0.0, "gradient_images": 0.19, "variety": 0.77,
                          "accuracy_real": 1.0, "accuracy_fake": 1.0}, {"ground_fake": 0.0}),
    illnesses.SIGMOID: ({"gradient_images": 0.0008, "logit_real": 0.03, "logit_fake": 0.02,
                         "accuracy_real": 1.0, "accuracy_fake": 0.0},
                        {"least_logit": 0.0, "most_logit": 0.9}),
}  # fmt: skip


def history(steps=800, first=1, **signs):
    blank = dict.fromkeys(Record._fields, 0.0) | HEALTHY | signs
    return [Record(**blank | {"step": step, "epoch": 1}) for step in range(first, first + steps)]


def names(found):
    return [one.illness.name for one in found]


def test_nothing_is_found_in_health():
    assert diagnose(history(), WELL) == [] == diagnose(history()) == diagnose([], WELL)
    assert "Looks healthy" in in_a_line([], 800)


@pytest.mark.parametrize("illness", SHOWN, ids=lambda illness: illness.name)
def test_each_illness_is_named_first_by_what_it_shows(illness):
    signs, seen = SHOWN[illness]
    found = diagnose(history(**signs), WELL._replace(**seen))
    assert names(found)[0] == illness.name
    assert found[0].evidence and (found[0].since is None) == (not signs or bool(seen) and (
        illness is not illnesses.DETACHED))  # fmt: skip
    assert illness.name in in_a_line(found, 800)
    page = on_a_page(found, 800, history(**signs), WELL._replace(**seen))
    for text in (found[0].evidence, illness.remedy, illness.cause):
        assert text.split()[0] in page and "When it fails" in page


def test_all_illnesses_have_a_rule_and_a_case():
    from gan_lib.clinic.cases import CASES

    defined = {one for one in vars(illnesses).values() if isinstance(one, illnesses.Illness)}
    assert set(rules.RULES.values()) == set(SHOWN) == defined
    assert {case.illness for case in CASES.values()} == set(SHOWN)


def test_a_sign_that_nobody_measured_finds_nothing():
    lacking = history(**dict.fromkeys(("logit_real", "logit_fake", "variety"), math.nan))
    assert diagnose(lacking, UNSEEN) == []
    older = dict.fromkeys(Window._fields[1:], math.nan) | {
        "accuracy_real": 0.99,
        "accuracy_fake": 0.99,
    }
    assert diagnose(history(**older)) == []


def test_it_says_since_when_without_a_break():
    well, ill = history(500), history(300, first=501, variety=0.1)
    relapse = history(100) + history(100, first=101, variety=0.1) + history(600, first=201)
    (found,) = diagnose(well + ill)
    assert found.since == 550  # the end of the first window of fifty
    assert diagnose(relapse) == []
    assert [window.step for window in windows(history(120))] == [20, 70, 120]


def test_early_steps_tell_of_plain_mistakes_alone():
    assert diagnose(history(200, variety=0.1)) == []
    assert names(diagnose(history(200, gradient_generator=0.0))) == [illnesses.DETACHED.name]
    assert "Too early" in in_a_line([], 200)


def test_a_watch_speaks_once_and_only_of_what_is_new():
    watch = Watch(every=100)
    said = [watch.look(record) for record in history(400) + history(400, 401, variety=0.1)]
    (line,) = filter(None, said)
    assert said.index(line) == 499 and line.startswith("Step 500. This looks like mode collapse")
    assert "\n" not in line and "0.10 of what real ones do" in line


def test_a_training_that_goes_on_is_watched_from_where_it_was():
    before = history(450)
    watch = Watch(before)
    assert not any(watch.look(record) for record in history(50, 451, variety=0.9))
    assert not any(Watch().look(record) for record in history(1, 500, variety=0.1))  # one batch
    assert Watch(history(500, variety=0.1)).look(history(1, 600, variety=0.1)[0]) == ""


def test_networks_alone_tell_of_a_collapse_and_only_when_it_is_not_early():
    alike = WELL._replace(variety=0.02)
    assert names(diagnose([], alike)) == [illnesses.COLLAPSE.name]
    assert diagnose([], alike, step=50) == []
    assert diagnose([], alike)[0].since is None


def test_a_critic_whose_zero_means_nothing_is_not_called_blind():
    critic = {"accuracy_real": 1.0, "accuracy_fake": 0.0, "logit_real": 22.2, "logit_fake": 21.4}
    assert diagnose(history(**critic), WELL) == []
    assert names(diagnose(history(**critic, variety=0.1)))[0] == illnesses.COLLAPSE.name
