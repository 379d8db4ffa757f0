"""validate.py SCHEMA FILE...: whether every file is what the schema says, and has no field that the
schema does not name."""
import json
import sys

import jsonschema


def closed(schema):
    """The same schema, taking no unknown fields."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {key: closed(part) for key, part in schema.items()}
    if "properties" in schema:
        schema.setdefault("additionalProperties", False)
    return schema


def load(path):
    with open(path) as file:
        return json.load(file)


validator = jsonschema.Draft202012Validator(closed(load(sys.argv[1])))
mistakes = 0
for path in sys.argv[2:]:
    for error in validator.iter_errors(load(path)):
        print(f"{path}: {error.json_path}: {error.message[:200]}")
        mistakes += 1
sys.exit(1 if mistakes else 0)
