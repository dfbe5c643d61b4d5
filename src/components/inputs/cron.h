/* cron.h: times as cron writes them: five or six fields, or a name such as @daily. */
#ifndef RF_COMPONENTS_INPUTS_CRON_H
#define RF_COMPONENTS_INPUTS_CRON_H

#include "riffle/error.h"

/* A bit for each value that is meant. In UTC. */
typedef struct rf_cron {
    uint64_t seconds, minutes, hours, days, months, weekdays; /* days from 1, months from 1, weekdays from 0: Sunday */
    bool any_day, any_weekday; /* written as `*`: when neither is, one of them is enough */
} rf_cron;

/*
 * `[SECOND] MINUTE HOUR DAY MONTH WEEKDAY` with lists, ranges, steps and names (`MON`, `JAN`), or @yearly, @monthly, @weekly,
 * @daily, @hourly; before it `TZ=UTC`. Errors: RF_ECONFIG and what is wrong, also for what never comes.
 */
RF_NODISCARD rf_code rf_cron_parse(rf_slice text, rf_cron *ret_cron, rf_error *reterr);
/* The first time after `after`, in seconds since 1970. */
int64_t rf_cron_next(const rf_cron *cron, int64_t after);

#endif
