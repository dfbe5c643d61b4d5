"""All cases of lib/faults.py: what each component does is in the file of its kind."""
from lib import fault_brokers, fault_files, fault_http, fault_sockets


def cases():
    return [case for kind in (fault_files, fault_sockets, fault_http, fault_brokers) for case in kind.cases()]
