/* zone_internal.h: the insides of zones, shared by zone*.c and trace.c only. */
#ifndef RF_OBSERVE_ZONE_INTERNAL_H
#define RF_OBSERVE_ZONE_INTERNAL_H

#include "base/thread.h"
#include "observe/zone.h"

/* ---- Details as copies (zone.c): a plugin may be gone by the time a trace is read ---- */

#define RF_ZONE_TEXT_BYTES 48u /* NUL included; longer ones are cut */
#define RF_ZONE_TEXTS_MAX 1024u
#define RF_ZONE_TEXT_OTHER 1u /* stands for all that there is no room for */
/* Each text once. One thread adds; others may read those whose number they were given with release and acquire. */
typedef struct rf_zone_texts {
    uint32_t count; /* 0: nothing was added yet */
    uint16_t slots[2 * RF_ZONE_TEXTS_MAX];
    char items[RF_ZONE_TEXTS_MAX][RF_ZONE_TEXT_BYTES]; /* 0: no text */
} rf_zone_texts;
/* The number of a text, 0 for NULL. Cost: about 10 ns. */
uint16_t rf_zone_text(rf_zone_texts *texts, const char *text);

/* ---- Rings (zone_ring.c) ---- */

typedef struct rf_zone_event { uint64_t began, ended; /* ticks */ uint16_t zone, text; } rf_zone_event;
/* Of one thread in one trace; the trace owns it, so that it outlives the thread. Only the thread writes, and nobody reads before it has stopped. */
typedef struct rf_zone_ring {
    struct rf_zone_ring *next; /* of the trace */
    char name[16];
    int tid;
    uint64_t written; /* more than `cap`: the oldest are lost */
    uint32_t cap;
    rf_zone_texts texts;
    rf_zone_event events[];
} rf_zone_ring;
/* For the thread that calls. NULL: no memory. */
rf_zone_ring *rf_zone_ring_new(uint32_t cap);
void rf_zone_ring_put(rf_zone_ring *ring, const rf_zone_mark *mark, uint64_t ended);

struct rf_trace {
    uint32_t session, events_max;
    uint64_t began; /* ticks */
    rf_zone_ring *rings;   /* owned; under the lock */
    _Atomic uint64_t lost; /* events of threads for whose ring there was no memory */
};

/* ---- Trees (zone_tree.c) ---- */

#define RF_ZONE_NODES_MAX 4096u
#define RF_ZONE_DEPTH_MAX 48u
typedef struct rf_zone_node {
    uint16_t zone, text, parent, depth;
    uint16_t child, last, next, hint; /* first and last child, next of the same parent, the child that was entered last; 0: none; the writer's own */
    _Atomic uint64_t count, ticks;    /* of zones that ended */
} rf_zone_node;
/* Paths of one thread, or of several added up. One thread writes; others read under the lock. Node 0 is the root; parents come before children. */
typedef struct rf_zone_nodes {
    uint16_t session, current;
    _Atomic uint32_t count;
    rf_zone_texts texts;
    rf_zone_node items[RF_ZONE_NODES_MAX];
} rf_zone_nodes;
rf_zone_nodes *rf_zone_nodes_new(uint16_t session); /* NULL: no memory */
void rf_zone_nodes_enter(rf_zone_nodes *nodes, rf_zone_mark *mark);
void rf_zone_nodes_leave(rf_zone_nodes *nodes, const rf_zone_mark *mark, uint64_t now);
/* Adds what `from` has. What there is no room for is left out. */
void rf_zone_nodes_add(rf_zone_nodes *nodes, const rf_zone_nodes *from);

/* ---- Threads (zone.c) ---- */

/* In each thread's own memory, and in a list from its first zone that is on until its end. */
typedef struct rf_zone_thread {
    _Atomic bool busy;       /* it writes just now: whoever takes ring or nodes away waits for it */
    bool listed;
    uint32_t trace, tree;    /* sessions in which it asked for a ring, for nodes */
    rf_zone_ring *ring;      /* NULL: none; the trace's */
    rf_zone_nodes *nodes;    /* NULL: none; freed with the tree, or when the thread ends */
    struct rf_zone_thread *next, **link;
} rf_zone_thread;

typedef struct rf_zone_shared {
    rf_mutex lock; /* nobody who is busy waits for it */
    pthread_key_t key; /* tells of threads that end; made with the first switching on, with the epoch */
    bool ready;
    rf_ticks_epoch epoch;
    rf_zone_thread *threads;
    rf_trace *trace;      /* NULL: none runs. As `tree`, set before its switch and taken back when all threads have seen it off */
    rf_zone_nodes *tree;  /* of threads that ended; NULL: no user */
    unsigned tree_users;
    uint32_t sessions;
} rf_zone_shared;
extern rf_zone_shared rf_zone_all;

/* All of them under the lock. */
RF_NODISCARD rf_code rf_zones_prepare(rf_error *reterr); /* before a first switching on. Errors: RF_ENOMEM */
void rf_zones_switch_on(unsigned what);
void rf_zones_switch_off(unsigned what); /* returns when no thread writes to it any more */

/* A text as JSON wants it, with its quotes; bytes that are no UTF-8 become U+FFFD. */
void rf_zone_json(rf_buffer *out, const char *text);

#endif
