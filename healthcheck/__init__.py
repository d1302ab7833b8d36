"""healthcheck: why is my mail failing, is it proven, who must act, and what exactly do I change?

`checks/` asks and judges; this package goes and looks: sockets, files, clocks and the command line live here.
"""

__version__ = "0.1.0"
