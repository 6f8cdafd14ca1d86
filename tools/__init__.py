"""Development tools outside the product: a simulated Telegram and an example city.

`solvefirst telegram-sim` and `solvefirst demo` load them from the checkout. They may import every
package; no package of the product imports them. Begin with `telegram_sim.run` or `demo_city.city`.
"""
