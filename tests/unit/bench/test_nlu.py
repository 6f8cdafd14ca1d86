"""How the parts that measure understanding count."""

from pathlib import Path

import numpy as np
import pytest

from bench.nlu.mail import Mail, macro_f1, read_mail
from bench.parts.clinc import scores
from bench.parts.learned import baseline, interval, ours, splits
from bench.parts.mail import guesses
from bench.parts.speed import conversations
from nlu.serve.stacked import ExtraFeatures


def test_a_label_is_guessed_by_the_sum_of_its_categories_not_by_the_best_one():
    shares = np.array([[0.4, 0.0, 0.3, 0.3], [0.7, 0.1, 0.1, 0.1]])
    lead = {"0101": "roads", "0102": "roads", "0201": "schools", "0202": "schools"}
    summed, best = guesses(shares, list(lead), lead, ["roads", "schools"])
    assert summed.tolist() == [1, 0]
    assert best.tolist() == [0, 0]


def test_a_label_is_not_likelier_for_having_many_categories():
    lead = {"0101": "roads", "0201": "schools", "0202": "schools", "0203": "schools"}
    shares = np.array([[0.28, 0.24, 0.24, 0.24], [0.1, 0.5, 0.2, 0.2]])
    summed, _ = guesses(shares, list(lead), lead, ["roads", "schools"])
    assert summed.tolist() == [0, 1]


def test_a_letter_without_probabilities_and_a_category_that_leads_nowhere_are_no_label():
    shares = np.array([[np.nan, np.nan], [0.1, 0.9]])
    summed, best = guesses(shares, ["0101", "9900"], {"0101": "roads"}, ["roads"])
    assert summed.tolist() == [-1, 0]
    assert best.tolist() == [-1, -1]


def test_macro_f1_takes_each_label_for_as_much_as_any_other():
    truth = np.array([0, 0, 0, 1])
    assert macro_f1(truth, np.array([0, 0, 0, 1]), 2) == 1
    assert macro_f1(truth, np.array([0, 0, 0, 0]), 2) == pytest.approx(6 / 7 / 2)
    assert macro_f1(truth, np.array([-1, 0, 0, 1]), 2) == pytest.approx((0.8 + 1) / 2)


def test_a_query_of_an_intent_that_is_rejected_counts_as_wrong():
    truth = ["pay", "pay", "oos", "oos"]
    assert scores(truth, ["pay", "oos", "oos", "pay"]) == (0.5, 0.5)


def test_letters_are_read_with_title_and_detail(tmp_path: Path):
    file = tmp_path / "mail.csv"
    file.write_text('title,detail,label\n路灯,"坏了,\n三天 ",b\n学校,,a\n', encoding="utf-8-sig")
    mail = read_mail(file)
    assert mail.labels == ["a", "b"]
    assert mail.truth.tolist() == [1, 0]
    assert mail.texts(whole=False) == ["路灯", "学校"]
    assert mail.texts(whole=True)[1] == "学校\n"


def test_the_scripts_of_the_tests_are_found():
    assert len(conversations()) > 200


def test_both_learn_from_the_same_rows_and_are_judged_by_the_same_others():
    lamps = [f"第{number}条街的路灯坏了" for number in range(20)]
    wages = [f"第{number}个月的工资没有发" for number in range(20)]
    mail = Mail(lamps + wages, [""] * 40, ["a", "b"], np.repeat([0, 1], 20))
    [(seen, few, unseen)] = splits(mail.truth, 1)
    assert not set(seen) & set(unseen)
    assert set(few) <= set(seen)
    texts = mail.texts(whole=False)
    assert (ours(texts, mail, seen, unseen, ExtraFeatures()) == mail.truth[unseen]).all()
    assert (baseline(texts, mail.truth, seen, unseen) == mail.truth[unseen]).all()


def test_the_interval_is_wider_for_splits_that_share_rows():
    low, high = interval([0.01, 0.02, 0.03, 0.02, 0.02], 0.0)
    assert (low, high) == (pytest.approx(0.0112, abs=1e-4), pytest.approx(0.0288, abs=1e-4))
    wider = interval([0.01, 0.02, 0.03, 0.02, 0.02], 0.25)
    assert wider[0] < low
    assert wider[1] > high
