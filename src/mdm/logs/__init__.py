"""The log as the settings ask for it: the file, the console, the levels of the components.

The program starts it. A program of your own does so by ``mdm.logs.start()``; or it leaves this alone, adds handlers to
loguru as it likes, and calls ``logger.enable("mdm")``.
"""

from mdm.logs.starting import start, stop

__all__ = ["start", "stop"]
