"""The actions of one package, registered with rasa-sdk's executor.

`ActionExecutor.register_package` imports a package and then registers every subclass of `Action`
that the process has, whoever defined it. Here it is the package's own, and no other.
"""

import importlib
import inspect
import pkgutil

from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import Action
from rasa_sdk.utils import all_subclasses


def executor_of(package: str) -> ActionExecutor:
    """Register the actions that `package` defines, in whichever of its modules.

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
