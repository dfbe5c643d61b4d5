/* probes.h: USDT probes for bpftrace, perf and SystemTap, where the system has <sys/sdt.h>; else nothing. */
#ifndef RF_OBSERVE_PROBES_H
#define RF_OBSERVE_PROBES_H

/*
 * riffle:zone_begin(name, detail)          detail "" when there is none
 * riffle:zone_end(name, ns)
 * riffle:hook_failed(plugin, hook, message)   the plugin's path
 * Each has a semaphore, which whoever attaches counts up: nothing is worked out for a probe that nobody looks at. Zones only come
 * by while they are on (rf_zones_outside).
 */
#if defined(__has_include) && !defined(RF_NO_PROBES)
#if __has_include(<sys/sdt.h>)
#define RF_PROBES 1
#endif
#endif

#ifdef RF_PROBES
/* zone.c has them; where and named as the probes' readers look for them. */
extern unsigned short riffle_zone_begin_semaphore, riffle_zone_end_semaphore, riffle_hook_failed_semaphore;
#ifndef _SDT_HAS_SEMAPHORES
#define _SDT_HAS_SEMAPHORES 1
#endif
#include <sys/sdt.h>
#define RF_PROBE_WANTED(name) __builtin_expect(*(volatile unsigned short *)&riffle_##name##_semaphore, 0)
#define RF_PROBE2(name, a, b) \
    do { \
        if (RF_PROBE_WANTED(name)) \
            STAP_PROBE2(riffle, name, a, b); \
    } while (0)
#define RF_PROBE3(name, a, b, c) \
    do { \
        if (RF_PROBE_WANTED(name)) \
            STAP_PROBE3(riffle, name, a, b, c); \
    } while (0)
#else
#define RF_PROBE2(name, a, b) ((void)0)
#define RF_PROBE3(name, a, b, c) ((void)0)
#endif

#endif
