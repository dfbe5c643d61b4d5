/* zone.c: what zones there are; switching them; how threads come to their rings and trees, and lose them. */
#include "observe/zone.h"

#include "base/alloc.h"
#include "observe/probes.h"
#include "observe/zone_internal.h"

#include <assert.h>
#include <string.h>

#ifdef RF_TRACY
#include <tracy/TracyC.h>
#endif

const rf_zone_info rf_zones[RF_ZONE_COUNT] = {
    [RF_ZONE_PLUGIN_LOAD] = { "plugin_load", "plugin", "A plugin is read, checked, given its rights and compiled." },
    [RF_ZONE_COMPILE] = { "compile", "script", "A script is compiled." },
    [RF_ZONE_DECODE] = { "decode", "data", "Bytecode is read and verified, or bytes become messages." },
    [RF_ZONE_VM_NEW] = { "vm_new", "script", "An interpreter is made." },
    [RF_ZONE_HOOK] = { "hook", "plugin", "A hook of one plugin runs." },
    [RF_ZONE_CHAIN] = { "chain", "plugin", "An event, or a run of lines, goes through all plugins." },
    [RF_ZONE_STAGE] = { "stage", "stream", "A script of a processor runs on one message." },
    [RF_ZONE_PROCESSOR] = { "processor", "stream", "A processor works on one batch." },
    [RF_ZONE_POOL_BORROW] = { "pool_borrow", "script", "An interpreter is taken from the pool." },
    [RF_ZONE_INPUT_READ] = { "input_read", "stream", "The input is read; waiting for it counts." },
    [RF_ZONE_OUTPUT_WRITE] = { "output_write", "stream", "A batch is written and flushed." },
    [RF_ZONE_SERIALIZE] = { "serialize", "data", "Messages become bytes." },
    [RF_ZONE_ACK] = { "ack", "stream", "A batch is acknowledged, or given back." },
    [RF_ZONE_COLLECT] = { "collect", "script", "A script's garbage is collected." },
    [RF_ZONE_WAIT] = { "wait", "stream", "A thread waits for a batch, for room, or for its turn." },
};

_Atomic unsigned rf_zones_on;
rf_zone_shared rf_zone_all = { .lock = PTHREAD_MUTEX_INITIALIZER };
extern _Thread_local rf_zone_thread rf_zone_mine;
_Thread_local rf_zone_thread rf_zone_mine;

#ifdef RF_PROBES
__attribute__((section(".probes"))) unsigned short riffle_zone_begin_semaphore, riffle_zone_end_semaphore, riffle_hook_failed_semaphore;
#endif

/* ---- Details ---- */

/* FNV-1a, eight bytes at a time. `copy` is padded with zeros. */
static uint32_t hash_text(const char copy[RF_ZONE_TEXT_BYTES]) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325), part;
    for (size_t i = 0; i < RF_ZONE_TEXT_BYTES && copy[i]; i += sizeof part) {
        memcpy(&part, copy + i, sizeof part);
        hash = (hash ^ part) * UINT64_C(0x100000001b3);
        hash ^= hash >> 32;
    }
    return (uint32_t)hash;
}

uint16_t rf_zone_text(rf_zone_texts *texts, const char *text) {
    if (!text)
        return 0;
    if (texts->count == 0) {
        memcpy(texts->items[RF_ZONE_TEXT_OTHER], "(others)", sizeof "(others)");
        texts->count = RF_ZONE_TEXT_OTHER + 1;
    }
    char copy[RF_ZONE_TEXT_BYTES] = { 0 };
    memcpy(copy, text, strnlen(text, RF_ZONE_TEXT_BYTES - 1));
    const uint32_t slots = 2 * RF_ZONE_TEXTS_MAX;
    uint32_t slot = hash_text(copy) % slots;
    for (; texts->slots[slot]; slot = (slot + 1) % slots)
        if (memcmp(texts->items[texts->slots[slot]], copy, sizeof copy) == 0)
            return texts->slots[slot];
    if (texts->count == RF_ZONE_TEXTS_MAX)
        return RF_ZONE_TEXT_OTHER;
    memcpy(texts->items[texts->count], copy, sizeof copy);
    texts->slots[slot] = (uint16_t)texts->count;
    return (uint16_t)texts->count++;
}

/* ---- Threads that come and go ---- */

static void thread_ends(void *memory) {
    rf_zone_thread *me = memory;
    rf_mutex_lock(&rf_zone_all.lock);
    if (me->nodes && rf_zone_all.tree)
        rf_zone_nodes_add(rf_zone_all.tree, me->nodes);
    *me->link = me->next;
    if (me->next)
        me->next->link = me->link;
    rf_mutex_unlock(&rf_zone_all.lock);
    rf_free(me->nodes);
    *me = (rf_zone_thread){ 0 }; /* the ring is the trace's, and stays */
}

/* False: the system has no room to remember it. */
static bool list_thread(rf_zone_thread *me) {
    if (me->listed)
        return true;
    if (pthread_setspecific(rf_zone_all.key, me))
        return false;
    me->next = rf_zone_all.threads;
    me->link = &rf_zone_all.threads;
    if (me->next)
        me->next->link = &me->next;
    rf_zone_all.threads = me;
    me->listed = true;
    return true;
}

/* The calling thread gets what is on and what it lacks; once a session, so that no memory is asked for again and again. */
static void join(rf_zone_thread *me) {
    rf_mutex_lock(&rf_zone_all.lock);
    rf_trace *trace = rf_zone_all.trace;
    rf_zone_nodes *tree = rf_zone_all.tree;
    bool listed = list_thread(me);
    if (trace && !listed)
        atomic_fetch_add_explicit(&trace->lost, 1, memory_order_relaxed);
    if (trace && me->trace != trace->session) {
        me->trace = trace->session;
        me->ring = listed ? rf_zone_ring_new(trace->events_max) : NULL;
        if (me->ring) {
            me->ring->next = trace->rings;
            trace->rings = me->ring;
        }
    }
    if (tree && me->tree != tree->session) {
        me->tree = tree->session;
        me->nodes = listed ? rf_zone_nodes_new(tree->session) : NULL;
    }
    rf_mutex_unlock(&rf_zone_all.lock);
}

/* What is on. From here to leave() nothing that is on is taken away: who switches off stores first and looks then, we the other way round. */
static unsigned enter(rf_zone_thread *me) {
    atomic_store(&me->busy, true);
    return atomic_load(&rf_zones_on);
}

static void leave(rf_zone_thread *me) { atomic_store_explicit(&me->busy, false, memory_order_release); }

static bool lacks(const rf_zone_thread *me, unsigned on) {
    return ((on & RF_ZONES_TRACE) && me->trace != rf_zone_all.trace->session) ||
           ((on & RF_ZONES_TREE) && me->tree != rf_zone_all.tree->session);
}

static unsigned enter_equipped(rf_zone_thread *me) {
    unsigned on = enter(me);
    while (RF_UNLIKELY(!me->listed || lacks(me, on))) {
        leave(me);
        join(me);
        on = enter(me);
        if (!me->listed)
            return 0; /* nobody would wait for it */
    }
    return on;
}

/* ---- Switching ---- */

rf_code rf_zones_prepare(rf_error *reterr) {
    if (rf_zone_all.ready)
        return RF_OK;
    if (pthread_key_create(&rf_zone_all.key, thread_ends))
        return rf_raise(reterr, RF_ENOMEM, "no room to note which threads end");
    rf_zone_all.epoch = rf_ticks_begin();
    rf_zone_all.ready = true;
    return RF_OK;
}

void rf_zones_switch_on(unsigned what) { atomic_fetch_or(&rf_zones_on, what); }

void rf_zones_switch_off(unsigned what) {
    atomic_fetch_and(&rf_zones_on, ~what);
    for (rf_zone_thread *thread = rf_zone_all.threads; thread; thread = thread->next)
        while (atomic_load(&thread->busy))
            rf_clock_sleep_ns(1000); /* it was put aside in the middle of writing */
}

void rf_zones_outside(bool on) {
    rf_mutex_lock(&rf_zone_all.lock);
    if (!on)
        rf_zones_switch_off(RF_ZONES_OUTSIDE);
    else if (!rf_zones_prepare(NULL))
        rf_zones_switch_on(RF_ZONES_OUTSIDE);
    rf_mutex_unlock(&rf_zone_all.lock);
}

/* ---- Others who look at zones ---- */

#ifdef RF_TRACY
#define TRACY_TEXT_MAX 1000u /* longer than 65,534 bytes is a mistake to it */
/* Tracy keeps pointers to these; the first four fields are the same in every version of it. */
#define SOURCE(zone, name) [zone] = { name, name, __FILE__, __LINE__, 0 }
static const struct ___tracy_source_location_data sources[RF_ZONE_COUNT] = {
    SOURCE(RF_ZONE_PLUGIN_LOAD, "plugin_load"), SOURCE(RF_ZONE_COMPILE, "compile"), SOURCE(RF_ZONE_DECODE, "decode"),
    SOURCE(RF_ZONE_VM_NEW, "vm_new"), SOURCE(RF_ZONE_HOOK, "hook"), SOURCE(RF_ZONE_CHAIN, "chain"), SOURCE(RF_ZONE_STAGE, "stage"),
    SOURCE(RF_ZONE_PROCESSOR, "processor"), SOURCE(RF_ZONE_POOL_BORROW, "pool_borrow"), SOURCE(RF_ZONE_INPUT_READ, "input_read"),
    SOURCE(RF_ZONE_OUTPUT_WRITE, "output_write"), SOURCE(RF_ZONE_SERIALIZE, "serialize"), SOURCE(RF_ZONE_ACK, "ack"),
    SOURCE(RF_ZONE_COLLECT, "collect"), SOURCE(RF_ZONE_WAIT, "wait"),
};

static void tracy_begin(rf_zone_mark *mark) {
    TracyCZoneCtx zone = ___tracy_emit_zone_begin(&sources[mark->zone], 1);
    if (mark->detail)
        ___tracy_emit_zone_text(zone, mark->detail, strnlen(mark->detail, TRACY_TEXT_MAX));
    mark->tracy = zone.id;
    mark->tracy_sees = zone.active != 0;
}

static void tracy_end(const rf_zone_mark *mark) {
    TracyCZoneCtx zone = { .id = mark->tracy, .active = mark->tracy_sees };
    ___tracy_emit_zone_end(zone);
}

__attribute__((constructor)) static void tracy_from_the_start(void) { rf_zones_outside(true); }
#else
static inline void tracy_begin(rf_zone_mark *mark) { (void)mark; }
static inline void tracy_end(const rf_zone_mark *mark) { (void)mark; }
#endif

static inline void probe_end(const rf_zone_mark *mark, uint64_t ended) {
#ifdef RF_PROBES
    if (RF_PROBE_WANTED(zone_end)) {
        double ns = (double)rf_ticks_between(mark->began, ended) * rf_ticks_unit_ns(&rf_zone_all.epoch);
        STAP_PROBE2(riffle, zone_end, rf_zones[mark->zone].name, (uint64_t)ns);
    }
#else
    (void)mark, (void)ended;
#endif
}

/* ---- Zones ---- */

void rf_zone_begin_slow(rf_zone_mark *mark) {
    assert(mark->zone < RF_ZONE_COUNT);
    rf_zone_thread *me = &rf_zone_mine;
    mark->on = true;
    mark->node = 0;
    unsigned on = enter_equipped(me);
    if ((on & RF_ZONES_TREE) && me->nodes)
        rf_zone_nodes_enter(me->nodes, mark);
    leave(me);
    RF_PROBE2(zone_begin, rf_zones[mark->zone].name, mark->detail ? mark->detail : "");
    tracy_begin(mark);
    mark->began = rf_ticks(&rf_zone_all.epoch); /* last, as the end looks first: what zones cost is not in them */
}

void rf_zone_end_slow(rf_zone_mark *mark) {
    uint64_t ended = rf_ticks(&rf_zone_all.epoch);
    rf_zone_thread *me = &rf_zone_mine;
    unsigned on = enter_equipped(me);
    if ((on & RF_ZONES_TREE) && me->nodes && mark->node && mark->session == me->nodes->session)
        rf_zone_nodes_leave(me->nodes, mark, ended);
    if (on & RF_ZONES_TRACE) {
        if (me->ring)
            rf_zone_ring_put(me->ring, mark, ended);
        else
            atomic_fetch_add_explicit(&rf_zone_all.trace->lost, 1, memory_order_relaxed);
    }
    leave(me);
    probe_end(mark, ended);
    tracy_end(mark);
}
