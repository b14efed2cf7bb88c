"""Run by Keystone's own Python: several commands of keystone-manage, which takes longer to load than to run.

manage.py CONFIG 'db_sync' 'bootstrap --bootstrap-username admin …'
"""

import importlib
import os
import shlex
import sys

config, *commands = sys.argv[1:]
main = importlib.import_module("keystone.cmd.cli").main
for command in commands:
    # a process each, since the configuration can be read once only
    child = os.fork()
    if not child:
        sys.argv = ["keystone-manage", "--config-file", config, *shlex.split(command)]
        main(argv=sys.argv)
        sys.stdout.flush()
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        sys.exit(f"keystone-manage {command} failed")
