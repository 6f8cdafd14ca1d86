"""Development tools that are no part of the product: a simulated Telegram and an example city.

`solvefirst telegram-sim` and `solvefirst demo` load them from the checkout. They may import
everything; of the product nothing imports them. Begin with `telegram_sim.run` or `demo_city.city`.
"""
