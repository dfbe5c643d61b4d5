/* inproc.c: batches on their way from an output to an input of the same stream. */
#include "stream/inproc.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"
#include "base/thread.h"
#include "stream/claims.h"

#include <assert.h>

/* A writer has the output's lock, and what is read needs it to be delivered: it never waits here. Inputs do that, at these. */
#define ENOUGH_BATCHES 64u
#define ENOUGH_BYTES ((size_t)8 << 20)
/* What is on its way when inputs stop is little: more than this is a config that feeds itself. */
#define FULL_BATCHES 65536u
#define FULL_BYTES ((size_t)1 << 30)

/* What one write brought. */
typedef struct parcel {
    struct parcel *next;
    rf_batch *batch;
    rf_claims *claims;
    uint32_t at; /* the next message to be read */
} parcel;

struct rf_inproc {
    rf_inprocs *all;
    rf_inproc *next;
    char *name;
    bool read, written; /* by components: known after open */
    /* Under the lock. */
    rf_cond news;
    parcel *first, *last;
    uint32_t count;
    size_t bytes;
    bool woken;
};

struct rf_inprocs {
    rf_mutex lock;
    rf_cond room;
    rf_inproc *first;
    unsigned waiting;   /* inputs, for room */
};

/* ---- Names ---- */

rf_inprocs *rf_inprocs_new(void) {
    rf_inprocs *all = rf_alloc_zero(1, sizeof *all);
    if (!all)
        return NULL;
    rf_mutex_init(&all->lock);
    rf_cond_init(&all->room);
    return all;
}

static void free_parcel(parcel *p) {
    rf_batch_free(p->batch);
    rf_free(p);
}

void rf_inprocs_free(rf_inprocs *all) {
    if (!all)
        return;
    for (rf_inproc *one = all->first, *next; one; one = next) {
        next = one->next;
        assert(!one->first); /* read, or given up, before the stream ended */
        rf_cond_done(&one->news);
        rf_free(one->name);
        rf_free(one);
    }
    rf_cond_done(&all->room);
    rf_mutex_done(&all->lock);
    rf_free(all);
}

static rf_inproc *find(const rf_inprocs *all, rf_slice name) {
    rf_inproc *one = all->first;
    while (one && !rf_slice_is(name, one->name))
        one = one->next;
    return one;
}

static rf_inproc *add_name(rf_inprocs *all, rf_slice name) {
    rf_inproc *one = rf_alloc_zero(1, sizeof *one);
    char *copy = one ? rf_alloc(name.len + 1) : NULL;
    if (!copy) {
        rf_free(one);
        return NULL;
    }
    if (name.len)
        memcpy(copy, name.data, name.len);
    copy[name.len] = '\0';
    one->name = copy;
    one->all = all;
    rf_cond_init(&one->news);
    one->next = all->first;
    return all->first = one;
}

rf_inproc *rf_inprocs_join(rf_inprocs *all, rf_slice name, bool reads) {
    assert(all);
    rf_inproc *one = find(all, name);
    if (!one)
        one = add_name(all, name);
    if (one)
        *(reads ? &one->read : &one->written) = true;
    return one;
}

rf_inproc *rf_inprocs_next(rf_inprocs *all, rf_inproc *after) {
    return after ? after->next : all ? all->first : NULL;
}

const char *rf_inproc_name(const rf_inproc *inproc) { return inproc->name; }
bool rf_inproc_is_read(const rf_inproc *inproc) { return inproc->read; }
bool rf_inproc_is_written(const rf_inproc *inproc) { return inproc->written; }

/* ---- Writing ---- */

/* Copied: the writer's memory goes back with its batch. NULL: out of memory. */
static parcel *make_parcel(const rf_batch *batch) {
    parcel *p = rf_alloc_zero(1, sizeof *p);
    if (!p)
        return NULL;
    p->batch = rf_batch_new(batch->keys);
    p->claims = p->batch ? rf_claims_new() : NULL;
    bool fits = p->claims != NULL;
    for (uint32_t i = 0; fits && i < batch->count; i++)
        fits = rf_batch_add_copy(p->batch, &batch->messages[i]);
    for (uint32_t i = 0; fits && i < batch->count; i++) {
        rf_message *copy = &p->batch->messages[i];
        copy->origin = copy->written_to = 0; /* both were about the way that ends here */
    }
    if (fits && rf_claims_take(p->claims, batch))
        return p;
    rf_claims_answer(p->claims, true, NULL);
    free_parcel(p);
    return NULL;
}

static bool put(rf_inproc *inproc, parcel *p) {
    rf_mutex_lock(&inproc->all->lock);
    const bool fits = inproc->count < FULL_BATCHES && inproc->bytes < FULL_BYTES;
    if (fits) {
        *(inproc->last ? &inproc->last->next : &inproc->first) = p;
        inproc->last = p;
        inproc->count++;
        inproc->bytes += p->batch->arena.held_bytes;
        rf_cond_signal(&inproc->news);
    }
    rf_mutex_unlock(&inproc->all->lock);
    return fits;
}

rf_code rf_inproc_write(rf_inproc *inproc, rf_batch *batch, rf_error *reterr) {
    assert(batch->count > 0);
    parcel *p = make_parcel(batch);
    if (!p)
        return rf_raise_nomem(reterr);
    if (put(inproc, p))
        return RF_OK;
    rf_claims_answer(p->claims, true, NULL); /* whoever writes keeps theirs */
    free_parcel(p);
    (void)rf_raise(reterr, RF_EBUSY, "inproc %s holds all it can: is what is read from it written to it again?", inproc->name);
    rf_error_flag(reterr, RF_ERROR_RETRIABLE);
    return RF_EBUSY;
}

/* ---- Reading ---- */

static bool has_enough(const rf_inproc *inproc) {
    return inproc->count >= ENOUGH_BATCHES || inproc->bytes >= ENOUGH_BYTES;
}

/* Under the lock. Messages of `p`, whole batches as the user sees them; true: all of it was read. */
static rf_code copy_some(parcel *p, rf_batch *batch, uint32_t max, rf_error *reterr) {
    const rf_batch *from = p->batch;
    uint32_t before = 0, parcel_here = 0;
    for (uint32_t taken = 0; p->at < from->count; taken++) {
        rf_message *message = &from->messages[p->at];
        const bool joined = taken > 0 && message->parcel && message->parcel == before;
        if (taken >= max && !joined)
            break;
        before = message->parcel;
        parcel_here = joined || !before ? parcel_here : rf_batch_new_parcel(batch);
        if (!rf_batch_add_copy(batch, message))
            return rf_raise_nomem(reterr);
        batch->messages[batch->count - 1].parcel = before ? parcel_here : 0;
        p->at++;
    }
    return RF_OK;
}

/* Under the lock: its batch is the reader's now, or empty. */
static void take_out(rf_inproc *inproc) {
    parcel *p = inproc->first;
    inproc->first = p->next;
    inproc->last = inproc->first ? inproc->last : NULL;
    inproc->count--;
    inproc->bytes -= p->batch->arena.held_bytes;
    if (inproc->all->waiting > 0 && !has_enough(inproc))
        rf_cond_broadcast(&inproc->all->room);
}

/* Under the lock. What a batch is read for is in its mark, from its first message on. *ret_done: what was read to its end, or NULL. */
static rf_code take_some(rf_inproc *inproc, rf_batch *batch, uint32_t max, parcel **ret_done, rf_error *reterr) {
    parcel *p = inproc->first;
    const uint32_t before = batch->count;
    rf_claims *claims = before ? (rf_claims *)(uintptr_t)batch->mark : rf_claims_new();
    if (!claims)
        return rf_raise_nomem(reterr);
    rf_code code = rf_claims_join(claims, p->claims) ? copy_some(p, batch, max, reterr) : rf_raise_nomem(reterr);
    if (batch->count == 0) {
        rf_claims_answer(claims, true, NULL); /* the parcel has them still */
        return code;
    }
    batch->mark = (uint64_t)(uintptr_t)claims;
    if (p->at == p->batch->count) {
        take_out(inproc);
        *ret_done = p;
    }
    return code;
}

rf_code rf_inproc_read(rf_inproc *inproc, rf_batch *batch, uint32_t max, uint64_t wait_ns, rf_error *reterr) {
    const uint64_t start = rf_clock_mono_ns();
    uint64_t gone = 0;
    parcel *done = NULL;
    rf_mutex_lock(&inproc->all->lock);
    while (!inproc->first && !inproc->woken && gone < wait_ns) {
        (void)rf_cond_wait_for(&inproc->news, &inproc->all->lock, wait_ns - gone);
        gone = rf_clock_mono_ns() - start;
    }
    inproc->woken = false;
    const rf_code code = inproc->first ? take_some(inproc, batch, max, &done, reterr) : RF_EAGAIN;
    rf_mutex_unlock(&inproc->all->lock);
    if (done) {
        rf_claims_answer(done->claims, true, NULL); /* the reader's hold them on */
        free_parcel(done);
    }
    return code;
}

void rf_inproc_wake(rf_inproc *inproc) {
    rf_mutex_lock(&inproc->all->lock);
    inproc->woken = true;
    rf_cond_broadcast(&inproc->news);
    rf_mutex_unlock(&inproc->all->lock);
}

/* ---- The runtime's ---- */

static bool is_enough(const rf_inprocs *all) {
    bool enough = false;
    for (const rf_inproc *one = all->first; one && !enough; one = one->next)
        enough = has_enough(one);
    return enough;
}

bool rf_inprocs_await_room(rf_inprocs *all, uint64_t wait_ns) {
    if (!all || !all->first) /* none: known after open */
        return true;
    rf_mutex_lock(&all->lock);
    if (is_enough(all)) {
        all->waiting++;
        (void)rf_cond_wait_for(&all->room, &all->lock, wait_ns);
        all->waiting--;
    }
    const bool room = !is_enough(all);
    rf_mutex_unlock(&all->lock);
    return room;
}

uint64_t rf_inproc_give_up(rf_inproc *inproc) {
    uint64_t count = 0;
    while (inproc->first) {
        parcel *p = inproc->first;
        take_out(inproc);
        count += p->batch->count - p->at;
        rf_claims_answer(p->claims, false, NULL);
        free_parcel(p);
    }
    return count;
}
