"""Sentences as the models see them, and the hash that tells when the way of seeing has changed."""

from nlu.examples import Example, TrainingData, Word
from nlu.extract import Extractor
from nlu.extract.places.gazetteer import Area, Gazetteer
from nlu.training.samples import LEAST_OF_NAMES, build_vocabulary, prepare, reading_hash

DATA = TrainingData(
    (
        Example("东桥区的路灯坏了", "complaint", "0203"),
        Example("昨天晚上八点", "inform", None),
    ),
    (
        Word("清明节", "category", "1105"),
        Word("墓地", "category", "1105"),
        Word("清明节", "intent", "inform"),
    ),
)
PLAIN = Extractor(Gazetteer(()))
WITH_AREAS = Extractor(Gazetteer([Area("9101", "东桥区", "district", None)]))


def test_the_hash_stays_while_messages_are_read_alike():
    assert reading_hash(prepare(DATA, PLAIN)) == reading_hash(prepare(DATA, PLAIN))


def test_the_hash_does_not_hang_on_the_order_of_the_sentences():
    turned = TrainingData(DATA.examples[::-1], DATA.words)
    assert reading_hash(prepare(turned, PLAIN)) == reading_hash(prepare(DATA, PLAIN))


def test_the_hash_changes_when_other_details_are_found():
    class Blind:
        def extract(self, *_):
            return []

    assert reading_hash(prepare(DATA, Blind())) != reading_hash(prepare(DATA, WITH_AREAS))


def test_the_hash_changes_when_the_text_is_cut_to_other_pieces(monkeypatch):
    before = reading_hash(prepare(DATA, PLAIN))
    monkeypatch.setattr("nlu.features.LONGEST", 2)
    assert reading_hash(prepare(DATA, PLAIN)) != before


def test_a_word_that_is_nothing_but_a_detail_teaches_no_category():
    words = [sample for sample in prepare(DATA, PLAIN) if sample.is_word]
    assert [(word.text, dict(word.labels)) for word in words] == [
        ("墓地", {"category": "1105"}),
        ("清明节", {"intent": "inform"}),
    ]


def test_what_stands_in_places_alone_must_be_common():
    matters = "路灯坏了", "井盖没了", "垃圾没人收", "自来水发黄", "电梯停了", "楼道太黑"
    assert len(matters) == LEAST_OF_NAMES

    def vocabulary(count):
        lines = [f"东桥区{matter}" for matter in matters[:count]] + ["路灯坏了"]
        data = TrainingData(tuple(Example(line, "help", None) for line in lines), ())
        return build_vocabulary(prepare(data, WITH_AREAS))[0]

    assert "东桥" not in vocabulary(LEAST_OF_NAMES - 1)
    assert "东桥" in vocabulary(LEAST_OF_NAMES)
    assert "路灯" in vocabulary(2)
