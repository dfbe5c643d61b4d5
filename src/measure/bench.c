/* bench.c: how benchmarks are named. */
#include "measure/bench.h"

#include <assert.h>
#include <stdio.h>

const char *rf_unit_name(rf_unit unit) {
    static const char *const names[] = { "", "lines", "events", "messages", "bytes", "calls" };
    assert(unit <= RF_UNIT_CALLS);
    return names[unit];
}

void rf_bench_id(const rf_bench *bench, char ret_id[RF_BENCH_ID_MAX]) {
    assert(bench && bench->group && bench->name);
    (void)snprintf(ret_id, RF_BENCH_ID_MAX, "%s/%s%s%s%s%s", bench->group, bench->name, bench->parameter ? "/" : "",
                   bench->parameter ? bench->parameter : "", bench->form ? ":" : "", bench->form ? bench->form : "");
}
