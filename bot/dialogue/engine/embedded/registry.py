"""Register the actions of one package with rasa-sdk's executor.

`ActionExecutor.register_package` imports a package and then registers every subclass of `Action` in
the process. This module registers only the subclasses of the package.
"""

import importlib
import inspect
import pkgutil

from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import Action
from rasa_sdk.utils import all_subclasses


def executor_of(package: str) -> ActionExecutor:
    """Register the actions that the modules of `package` define.

    Raises:
        ImportError: a module cannot be imported.
    """
    root = importlib.import_module(package)
    for module in pkgutil.walk_packages(root.__path__, f"{package}."):
        importlib.import_module(module.name)
    executor = ActionExecutor()
    for action in all_subclasses(Action):
        owned = action.__module__ == package or action.__module__.startswith(f"{package}.")
        if owned and not inspect.isabstract(action):
            executor.register_action(action)
    return executor
