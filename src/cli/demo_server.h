/* demo_server.h: an OPC UA server on 127.0.0.1 whose values move, for trying things out. */
#ifndef RF_CLI_DEMO_SERVER_H
#define RF_CLI_DEMO_SERVER_H

#include "riffle/error.h"

typedef struct rf_demo_server rf_demo_server;

typedef struct rf_demo_server_options {
    uint16_t port; /* 0: a free one */
    size_t nodes;  /* 0: the usual 42 */
} rf_demo_server_options;

/* Starts it in a thread of its own; it answers when this returns. Errors: RF_EIO, RF_ENOMEM. */
RF_NODISCARD rf_code rf_demo_server_start(const rf_demo_server_options *options, rf_demo_server **ret_server, rf_error *reterr);
uint16_t rf_demo_server_port(const rf_demo_server *server);
size_t rf_demo_server_nodes(const rf_demo_server *server);
/* Stops and frees it; NULL is fine. */
void rf_demo_server_stop(rf_demo_server *server);

#endif
