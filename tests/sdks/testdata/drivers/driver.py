"""Runs the program of this folder within itself, on the stack dev:
python driver.py up|preview
"""

import json
import runpy
import sys

from pulumi import automation

stack = automation.select_stack(
    "dev",
    project_name="cfaccess-example",
    program=lambda: runpy.run_path("__main__.py", run_name="__main__") and None,
    opts=automation.LocalWorkspaceOptions(work_dir="."),
)
if sys.argv[1] == "up":
    changes = stack.up().summary.resource_changes
else:
    changes = stack.preview(expect_no_changes=True).change_summary
print(json.dumps(changes))
