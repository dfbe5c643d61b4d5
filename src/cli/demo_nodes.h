/* demo_nodes.h: the variables of the demo server, and how they change. */
#ifndef RF_CLI_DEMO_NODES_H
#define RF_CLI_DEMO_NODES_H

#include "riffle/error.h"

#include <open62541/server.h>

#define RF_DEMO_NODES 42

/* How a value goes on. */
typedef enum rf_demo_motion { RF_DEMO_STILL, RF_DEMO_COUNT, RF_DEMO_RAMP, RF_DEMO_TOGGLE, RF_DEMO_TEXT, RF_DEMO_STATE } rf_demo_motion;

/* One variable. */
typedef struct rf_demo_node {
    char id[72];        /* its string identifier in namespace 2 */
    int type;           /* UA_TYPES_* */
    rf_demo_motion motion;
    unsigned period_ms; /* between two changes */
    unsigned phase;     /* of the ramp, so that no two are alike */
    uint64_t due_ms, step;
} rf_demo_node;

/* The n-th node: the first 42 are of every kind; behind them come ramps, for whoever wants thousands. */
void rf_demo_node_init(rf_demo_node *node, size_t n);
/* Adds the folders and the `count` nodes under Objects. Namespace 2 is there. Errors: RF_EIO, RF_ENOMEM. */
RF_NODISCARD rf_code rf_demo_nodes_add(UA_Server *server, rf_demo_node *nodes, size_t count, rf_error *reterr);
/* Changes every node that is due. */
void rf_demo_nodes_step(UA_Server *server, rf_demo_node *nodes, size_t count, uint64_t now_ms);

#endif
