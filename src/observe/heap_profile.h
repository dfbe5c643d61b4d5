/* heap_profile.h: who holds memory: VMs, pools and arenas say so themselves, and a profile adds them up by stage and plugin. */
#ifndef RF_OBSERVE_HEAP_PROFILE_H
#define RF_OBSERVE_HEAP_PROFILE_H

#include "base/arena.h"
#include "base/thread.h"
#include "observe/profile.h"

/* In whoever holds the memory, so that adding it allocates nothing and cannot fail. Texts live until it is taken out. */
typedef struct rf_heap_source {
    const char *kind;   /* "vm", "pool", "arena" */
    const char *holder; /* stage, processor or plugin */
    /* Bytes held now, and bytes ever allocated (NULL: not known). Called from any thread while the holder works: atomics, no lock. */
    size_t (*held)(void *arg);
    uint64_t (*allocated)(void *arg);
    void *arg;
    struct rf_heap_source *next, **link; /* the registry's; link NULL: not in it */
} rf_heap_source;

/*
 * All of a process, as its memory is: holders are made deep down, where no struct of the host's comes by. Any thread.
 */
typedef struct rf_heap_sources { rf_mutex lock; rf_heap_source *first; } rf_heap_sources;
extern rf_heap_sources rf_heap_sources_all;

void rf_heap_sources_add(rf_heap_source *source);
/* After it no function of the source is called any more. One that was never added is fine. */
void rf_heap_sources_remove(rf_heap_source *source);

typedef enum rf_heap_what { RF_HEAP_HELD /* "heap": inuse_space */, RF_HEAP_ALLOCATED /* "allocs": alloc_space, since each holder began */ } rf_heap_what;
typedef struct rf_heap_profile {
    rf_profile profile; /* all in the arena: not for rf_profile_done() */
    rf_arena arena;
} rf_heap_profile;

/*
 * A stack for each kind and holder: the leaf "redact: vm", within the stage "redact"; samples is how many there are. What the system's allocator
 * has given out beyond them is "other: malloc" (held only). In each case to be done with. Errors: RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_heap_profile_make(rf_heap_what what, rf_heap_profile *ret_heap, rf_error *reterr);
void rf_heap_profile_done(rf_heap_profile *heap);
/* "inuse_space" or "alloc_space", in bytes. */
rf_profile_type rf_heap_profile_type(rf_heap_what what);

#endif
