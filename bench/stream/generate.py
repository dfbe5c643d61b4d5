#!/usr/bin/env python3
"""Writes N messages, one {"payload": …, "meta": {…}} a line: always the same ones (no clock, no chance).

Each tick reads 42 OPC UA nodes: a number of the server's, an array of strings, and 40 booleans. The metadata keys are
those that an OPC UA input sets.

Usage: generate.py N > messages.jsonl
"""
import datetime
import json
import sys

NODES = 42
START_MS = 1767225600000  # 2026-01-01T00:00:00Z
EPOCH = datetime.datetime(1970, 1, 1)


def stamp(milliseconds):
    return (EPOCH + datetime.timedelta(milliseconds=milliseconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def node(index, tick):
    """Node id, name, group, kind, data type and value."""
    if index == 0:
        return "i=1", "State", "ServerStatus", "number", "Int32", 4096 + tick % 1000
    if index == 1:
        return "i=2255", "NamespaceArray", "Server", "string", "String", ["urn:plant:server", f"urn:vendor:ns{tick % 7}"]
    name = f"rampBool{index - 1}"
    return (f"ns=2;s=Kanal1.tagGen1.Bool 1-1000.{name}", name, "Kanal1.tagGen1.Bool_1-1000", "bool", "Boolean",
            (tick + index - 1) % 2 == 0)


def message(number):
    tick, index = divmod(number, NODES)
    node_id, name, group, kind, data_type, value = node(index, tick)
    read_ms = START_MS + tick * 1000 + index
    return {"payload": value, "meta": {
        "opcua_source_timestamp": stamp(read_ms),
        "opcua_server_timestamp": stamp(read_ms + 1),
        "opcua_attr_nodeid": node_id,
        "opcua_attr_nodeclass": "NodeClassVariable",
        "opcua_attr_browsename": name,
        "opcua_attr_description": "simulated " + name,
        "opcua_attr_accesslevel": "AccessLevelTypeCurrentRead",
        "opcua_attr_datatype": data_type,
        "opcua_attr_statuscode": "OK",
        "opcua_node_id": node_id,
        "opcua_tag_group": group,
        "opcua_tag_name": name,
        "opcua_tag_path": group,
        "opcua_tag_type": kind,
    }}


def main():
    for number in range(int(sys.argv[1])):
        print(json.dumps(message(number), separators=(",", ":")))


main()
