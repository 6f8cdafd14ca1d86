"""The names of the product's background jobs."""

from enum import StrEnum


class JobTask(StrEnum):
    """A background job that administrators see, begin, cancel and repeat."""

    TIDY_CITIZEN_SIDE = "tidy_citizen_side"
    TIDY_CASE_SERVICE = "tidy_case_service"
    ERASE_CASES = "erase_cases"
    TRAIN = "train"
