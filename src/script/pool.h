/* pool.h: what tests need to see of a pool's VMs, beside script.h. */
#ifndef RF_SCRIPT_POOL_H
#define RF_SCRIPT_POOL_H

#include "script/javascript/engine.h"
#include "script/script.h"

/* The interpreter inside, for tests that make its allocations fail; NULL after a failed renewal. */
rf_js *rf_vm_engine(rf_vm *vm);

#endif
