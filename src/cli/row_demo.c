/* row_demo.c: the row of `riffle demo`; demo.c does the work. */
#include "cli/command.h"

static const rf_cli_option demo_options[] = {
    { "seconds", 0, "N", "Ends by itself after that many seconds." },
    { "port", 0, "PORT", "The server's port on 127.0.0.1; without it a free one is taken." },
    { "nodes", 0, "N", "How many variables the server has; without it 42." },
    { "serve-only", 0, NULL, "Runs the server alone, for a stream of your own." },
    { "no-http", 0, NULL, "Accepted: the demo has no HTTP service." },
    { 0 },
};

static const rf_cli_example demo_examples[] = {
    { "riffle demo", "Shows tags until Ctrl-C, then a summary." },
    { "riffle demo --seconds 10", "The same, for ten seconds." },
    { "riffle demo --serve-only --port 4840", "The server alone, as examples/opcua-tags.yaml expects it." },
    { 0 },
};

const rf_command rf_command_demo = {
    .name = "demo",
    .usage = "[OPTION...]",
    .summary = "Runs an OPC UA server of its own and a stream that reads its tags.",
    .detail = "The server listens on a free port of 127.0.0.1. The stream connects to it over TCP as to any other, runs tag_processor on every\n"
              "change, and prints what comes out. Ctrl-C drains, and shows what was done and how long it took.",
    .options = demo_options,
    .examples = demo_examples,
    .run = rf_cli_demo,
};
