"""Runs a program with Pulumi's mocks, and prints the inputs of the resources that
it makes, by type: python mocks.py __main__.py
"""

import json
import runpy
import sys

import pulumi

inputs = {}


class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args):
        inputs[args.typ] = args.inputs
        outputs = {}
        if args.typ == "cfaccess:index:ServiceToken":
            outputs = {"tokenId": "fake-token", "clientId": "fake-client", "clientSecret": "fake-secret", "clientSecretStatus": "current"}
        return f"id of {args.name}", {**args.inputs, **outputs}

    def call(self, args):
        return args.args


pulumi.runtime.set_all_config({"mocks:accountId": "0000000000000000000000000000aaaa", "mocks:databasePassword": "fake-password"})
pulumi.runtime.set_mocks(Mocks(), "mocks", "dev", preview=False)


@pulumi.runtime.test
def program():
    runpy.run_path(sys.argv[1], run_name="__main__")


program()
print(json.dumps(inputs))
