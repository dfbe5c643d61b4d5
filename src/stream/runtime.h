/* runtime.h: what the parts of a running stream share: its state, its phases, its threads. */
#ifndef RF_STREAM_RUNTIME_H
#define RF_STREAM_RUNTIME_H

#include "base/thread.h"
#include "stream/buffered.h"
#include "stream/part.h"
#include "stream/queue.h"
#include "stream/steps.h"
#include "stream/stream.h"

#include <stdatomic.h>

/* Only ever goes up. */
typedef enum rf_phase {
    RF_PHASE_RUN,
    RF_PHASE_DRAIN, /* the input reads no more; what was read is delivered */
    RF_PHASE_ABORT, /* nothing is waited for any more; what is left is counted as undelivered */
} rf_phase;

/* Waiting times that double up to a bound, each moved by up to a quarter so that many programs do not knock together. */
typedef struct rf_backoff {
    uint64_t next_ns;
    uint64_t seed;
} rf_backoff;

void rf_backoff_reset(rf_backoff *backoff);
uint64_t rf_backoff_next_ns(rf_backoff *backoff);

/* Metrics and log limits of one connected component (the input, the output). */
typedef struct rf_link {
    rf_metric up, failed, lost; /* connection_up, … */
    rf_metric latency;
    rf_log_limit complaints;
    rf_backoff backoff;
    bool was_up;            /* ever */
    char trouble[200];      /* why it is not connected; "": not known. Under the stream's `lock` */
    _Atomic bool connected; /* asked by other threads: /ready, and each input of all */
} rf_link;

typedef struct rf_intake rf_intake;
typedef struct rf_outlet rf_outlet;

/* What became of a batch. */
typedef enum rf_fate {
    RF_FATE_DELIVERED,
    RF_FATE_GIVEN_UP, /* the run ends, and it was not written */
    RF_FATE_REFUSED,  /* an output would not take all of it, and it is not tried again */
    RF_FATE_KEPT,     /* tried again later: it is not ours any more */
} rf_fate;

/* What an input is told when a batch of its is done. */
typedef struct rf_claim { const rf_intake *source; uint64_t mark, read_ns; uint32_t read_count; } rf_claim;

/* A claim that several parts stand for: its batch while that is on its way, and each of its messages that an output keeps until
 * its own batch is full. With the last of them it is answered. `fate`, `why`, `next`: under the stream's `lock`. */
typedef struct rf_ticket {
    _Atomic uint32_t refs;
    rf_claim claim;
    const rf_reply *reply; /* the input's: an answer is waited for; NULL: it is not */
    rf_fate fate; /* the worst of the parts' */
    char why[200];
    struct rf_ticket *next;
} rf_ticket;

/* Whose a message is of a batch that was put together: `origin` is the message's. It may have several. */
typedef struct rf_owner { uint32_t origin; rf_ticket *ticket; } rf_owner;

/* A batch on its way to an output, and whose it is. */
typedef struct rf_load {
    rf_batch *batch;
    rf_outlet *outlet;
    rf_ticket *ticket; /* of an input's batch; NULL: it has none, and is answered for itself */
    bool insists;      /* what is left of it is tried again, whatever its input says (rf_batch_insist) */
    rf_owner *owners;  /* of one that was put together; in order of their origins */
    uint32_t owner_count, owner_cap;
} rf_load;

/* How a batch is being delivered: parts of it go the same way. */
typedef struct rf_course {
    const rf_shard_env *env; /* the thread that does it */
    bool replays;            /* what is refused is tried again */
    bool ahead;              /* there is nothing to write yet: only connected, for as long as there may be */
    uint64_t until_ns;       /* how long whoever holds the output waits (child.h) */
    const rf_load *load;     /* what it began with; NULL: nothing of it can be kept */
} rf_course;

/* Processors around an output's writing. */
typedef struct rf_outlet_steps {
    const rf_components *list; /* NULL: there are none */
    rf_steps **of;             /* one a thread that delivers */
    rf_part part;              /* what they make of a batch */
} rf_outlet_steps;

/* What an output keeps until its batch is full (hold.c). */
typedef struct rf_hold {
    const rf_batching *rule; /* NULL: it keeps nothing */
    rf_load load;            /* batch NULL: there is nothing */
    uint64_t bytes, since_ns;
    uint32_t given;          /* origins */
    bool check_met;
    rf_part chunk;           /* for what does not wait */
} rf_hold;

/* An output as the runtime drives it: the one at the root, and those within it. All of it under the output's lock, by the thread that has
 * it or one that writes for that (fan.h). */
struct rf_outlet {
    const rf_component *component;
    const rf_output_kind *kind;
    struct rf_stream *stream; /* NULL: not running */
    rf_link link;
    rf_metric sent, batch_sent, error, unwritten;
    rf_outlet_steps beside, on_batches; /* the processors beside it; those of its batching */
    rf_hold hold;
    rf_slice *failed;        /* what processors said of the messages that are being written; kept for the next time */
    uint32_t failed_cap;
    bool nested;
    rf_mutex one;            /* held by whoever writes to it as to an output within its own: a resource has several, and some at the same time */
};

#define RF_PARKED_MAX 64u /* batches with messages that an output would not take; then delivery waits */

typedef struct rf_parked { rf_load load; bool refused; uint64_t due_ns; rf_backoff backoff; size_t held_bytes; } rf_parked;

/* Tries again what outputs would not take, and writes what they have kept long enough (late.c); its thread is started when there is
 * something. Under the output's lock; outputs that are written at the same time (fan.h) add to it under the stream's. */
typedef struct rf_late {
    rf_thread thread;
    rf_shard_env env;
    rf_cond news, room;
    rf_parked parked[RF_PARKED_MAX];
    uint32_t count;
    bool started;
} rf_late;

#define RF_BESIDE_MAX 8u

/* An input as the runtime drives it, by one thread at a time. */
struct rf_intake {
    struct rf_stream *stream;
    const rf_component *component;
    const rf_input_kind *kind;
    rf_batching batching;
    rf_link link;
    rf_metric received;
    struct rf_intake *then;    /* begins when this one has ended */
    const rf_components *beside[RF_BESIDE_MAX]; /* processors beside it, and beside the inputs it is within: the innermost first */
    unsigned beside_count;
    rf_until *until;           /* what ends it before its own end; NULL: nothing */
    unsigned until_after;      /* so many of `beside` come before that is asked */
    bool inner;                /* it reads what other inputs of this stream have read (inproc.h) */
    bool keeps;                /* what is not delivered stays where it is: nothing is lost with the run */
};

/* A thread that reads. */
typedef struct rf_feed {
    rf_intake *first;
    rf_thread thread;
    rf_shard_env env;          /* for processors beside its inputs */
} rf_feed;

/* What lies between the inputs and the workers (buffered.c). */
typedef struct rf_buffered {
    const rf_component *component; /* NULL: nothing, and what is read goes to the workers */
    const rf_buffer_kind *kind;
    rf_feed *reader;               /* brings what was stored to the workers; the last of the stream's feeds */
    rf_metric received, batch_received, error;
    rf_log_limit complaints;
    _Atomic bool unread;           /* the reader has ended: what is stored now would stay there */
} rf_buffered;

/* One worker thread. */
typedef struct rf_shard {
    struct rf_stream *stream;
    rf_shard_env env;
    rf_thread thread;
    rf_queue_seat seat;
    void **locals; /* one a stage */
    size_t attached; /* stages that have theirs */
} rf_shard;

struct rf_stream {
    rf_config *config;
    rf_log *log;
    rf_metrics *metrics;
    rf_stage *stages;
    size_t stage_count;
    rf_shard *shards;
    unsigned shard_count, seats_ready;
    rf_queue queue;
    rf_recycler recycler;

    rf_intake *sources;        /* all inputs that are read */
    size_t source_count, source_cap;
    rf_feed *feeds;
    size_t feed_count;
    _Atomic unsigned outer;    /* feeds that may bring something from outside */
    _Atomic uint64_t open;     /* batches of theirs that are not answered; counted where there are inner inputs */
    bool inner;                /* there are */
    _Atomic unsigned feeding;  /* feeds that have not ended; the buffer's is not counted */
    rf_buffered buffered;

    /* Under output_lock. */
    rf_mutex output_lock;
    rf_cond turn_came;     /* broadcast when `turn` changes */
    uint64_t turn;         /* whose batch is delivered next: the order of the input is kept */
    rf_outlet outlet;      /* the one at the root */
    bool holds;                /* some output keeps messages until its batch is full */
    struct rf_fan *fans;       /* those that have begun (fan.h). Under `lock` */
    rf_late late;

    /* Control. */
    _Atomic bool output_fails; /* what was tried last: a stop does not wait long for it */
    int control_fd;        /* an event: a stop was asked for, or a thread has ended */
    _Atomic unsigned stops; /* how often rf_stream_stop was called */
    _Atomic bool drains;    /* rf_stream_drain was called */
    _Atomic int phase;
    _Atomic unsigned running; /* threads that have not ended */
    _Atomic unsigned working; /* worker threads among them */
    rf_mutex lock;         /* for what follows */
    rf_cond gate;          /* broadcast when the phase changes */
    rf_stream_status status;
    rf_error failure;      /* the first one; code RF_OK: none */
    rf_ticket *settled, *settled_last; /* to be answered, outside of all locks */

    _Atomic uint64_t undelivered, arena_high_bytes;
};

/* ---- stream.c, status.c, run.c ---- */
static inline rf_phase rf_stream_phase(const rf_stream *stream) {
    return (rf_phase)atomic_load_explicit(&stream->phase, memory_order_acquire);
}
/* Goes to that phase, unless it is there or further: wakes whoever waits. Any thread but not a signal handler. */
void rf_stream_enter(rf_stream *stream, rf_phase phase);
/* Waits that long, or until `until` is entered: then false. */
bool rf_stream_pause(rf_stream *stream, uint64_t ns, rf_phase until);
/* Notes why the run fails (the first reason counts) and enters `phase`. */
void rf_stream_fail(rf_stream *stream, const rf_error *error, rf_phase phase);
/* The last words of each thread. */
void rf_stream_thread_ended(rf_stream *stream);
/* For /ready; `error` NULL: connected. */
void rf_stream_set_input_status(rf_stream *stream, const char *error);
void rf_stream_set_output_status(rf_stream *stream, const char *error);
void rf_link_tell(rf_stream *stream, rf_link *link, const char *error);
/* Logs `what: error` for a component, at a limited rate. */
void rf_component_complain(const rf_component *component, rf_log_limit *limit, rf_log_level level, const char *what, rf_slice error);
void rf_stream_complain(rf_stream *stream, rf_log_limit *limit, rf_log_level level, const rf_component *component,
                        const char *what, rf_slice error);
/* The batch's way ends here: acknowledged to the input (or given up and counted), then recycled. `why` of one that was refused. */
void rf_stream_finish(rf_stream *stream, rf_meter *meter, rf_batch *batch, rf_fate fate, const char *why);
/* The two halves of it. */
rf_claim rf_claim_of(const rf_batch *batch);
void rf_stream_answer(rf_stream *stream, rf_meter *meter, const rf_claim *claim, rf_fate fate, const char *why);
void rf_stream_recycle(rf_stream *stream, rf_batch *batch);

/* ---- ticket.c ---- */
/* For a batch of an input. NULL: out of memory. */
rf_ticket *rf_ticket_new(const rf_batch *batch) RF_NODISCARD;
bool rf_ticket_replays(const rf_ticket *ticket);
/* One part is done; NULL is fine. What nothing is left of is answered by the next rf_tickets_settle(), which takes no lock of outputs. */
void rf_ticket_drop(rf_stream *stream, rf_ticket *ticket, rf_fate fate, const char *why);
void rf_tickets_settle(rf_stream *stream, rf_meter *meter);
/* The message of that origin is this ticket's, too. False: out of memory. */
bool rf_load_own(rf_load *load, uint32_t origin, rf_ticket *ticket) RF_NODISCARD;
/* The origin of what a message was made from in the batch that was put together first; 0: not known. */
uint32_t rf_load_origin(const rf_batch *batch, uint32_t index);
/* Of a batch that was put together: what is no longer in it was delivered. */
void rf_load_settle(rf_stream *stream, rf_load *load);
/* A message of it was refused. False: it is not tried again, and whose it is was told. `insists`: never that. */
bool rf_load_refuse(rf_stream *stream, rf_load *load, uint32_t origin, bool insists, const char *why);
/* The end of its way. */
void rf_load_finish(rf_stream *stream, rf_meter *meter, rf_load *load, rf_fate fate, const char *why);

/* ---- register.c ---- */
RF_NODISCARD rf_code rf_stream_register(rf_stream *stream, rf_error *reterr);

/* ---- intake.c ---- */
/* Finds the inputs that are read, and the threads they take. Errors: RF_ENOMEM, RF_ECONFIG. */
RF_NODISCARD rf_code rf_intakes_make(rf_stream *stream, rf_error *reterr);
void rf_intakes_free(rf_stream *stream);
void rf_intakes_wake(rf_stream *stream);
/* Ends all inputs of that `until`. Any feed. */
void rf_intakes_end(rf_stream *stream, rf_until *until);
/* Nothing is on its way, and nothing comes from outside any more: what inner inputs wait for. */
static inline bool rf_intakes_are_quiet(const rf_stream *stream) {
    return atomic_load(&stream->outer) == 0 && atomic_load(&stream->open) == 0; /* in this order: what is open was read before its feed ended */
}
/* Wakes inner inputs when it is so. */
void rf_intakes_tell_quiet(rf_stream *stream);
/* All that are being read are connected. */
bool rf_intakes_connected(const rf_stream *stream);
RF_NODISCARD rf_code rf_intake_register(rf_intake *source, rf_metrics *metrics, rf_error *reterr); /* register.c */

/* ---- buffered.c ---- */
/* Adds the buffer's intake and feed behind those of the inputs, which left room for them. */
void rf_buffered_make(rf_stream *stream);
RF_NODISCARD rf_code rf_buffered_register(rf_stream *stream, rf_error *reterr); /* register.c */
static inline bool rf_buffered_is_reader(const rf_stream *stream, const rf_feed *feed) { return feed && stream->buffered.reader == feed; }
/* What this feed reads is stored. */
static inline bool rf_buffered_takes(const rf_stream *stream, const rf_feed *feed) {
    return stream->buffered.component && stream->buffered.reader != feed;
}
/* What is done with what this feed reads before it is stored; NULL: nothing. */
const rf_components *rf_buffered_before(const rf_stream *stream, const rf_feed *feed);
/* Stores the batch and ends its way: acknowledged, or given up with the run. Blocks while there is no room. */
void rf_buffered_store(rf_stream *stream, const rf_shard_env *env, rf_batch *batch);
/* Its reader is to read no more. */
bool rf_buffered_is_stopping(const rf_stream *stream);
/* Whatever follows a feed that has ended learns of it, when it was the last. NULL: the one that starts them. */
void rf_buffered_feed_ended(rf_stream *stream, const rf_feed *feed);
/* All threads have ended: whoever waits for what is left in it is answered. */
void rf_buffered_give_up(rf_stream *stream);
/* All threads have ended: what is left in it is counted as undelivered, or told of. */
void rf_buffered_end(rf_stream *stream);

/* ---- until.c ---- */
/* All of these: nothing, when the source has no `until`. */
/* Whether the batch is the last one: its first message says so then. A check that fails is not met. */
void rf_until_ask(rf_intake *source, rf_batch *batch);
/* From now on messages are waited for, unless another of its inputs has begun already. */
void rf_until_begin(rf_intake *source);
/* There was a message, of any of its inputs. */
void rf_until_note_heard(rf_intake *source);
/* How much longer messages may be waited for; UINT64_MAX: that is not bounded. */
uint64_t rf_until_left_ns(const rf_intake *source);
/* No message for as long as the user waits for one: then all its inputs end. */
bool rf_until_is_idle(const rf_intake *source);

/* ---- feed.c ---- */
void rf_feed_main(void *feed);

/* ---- shard.c ---- */
void rf_shard_main(void *shard);

/* ---- deliver.c ---- */
/* It writes to outputs within it. */
bool rf_output_holds_others(const rf_output_kind *kind);
/* What an output would not take of this input's batch is tried again. */
bool rf_intake_replays(const rf_intake *source, uint64_t mark);
/* Connects the output ahead of the first batch. Any shard. */
void rf_deliver_connect(rf_stream *stream, const rf_shard_env *env);
/* Writes the batch, however often it takes, and ends its way. */
void rf_deliver(rf_stream *stream, const rf_shard_env *env, rf_batch *batch);
/* Writes the load, however often it takes, or keeps it (RF_FATE_KEPT) to try it again. Under the lock. `waits`: the lock may be given
 * away until there is room for it. */
rf_fate rf_deliver_load(rf_stream *stream, const rf_shard_env *env, rf_load *load, bool waits, char why[static 200]) RF_NODISCARD;
/* How an attempt ended that wrote what it could; refused messages alone are then left in the batch. Under the lock. */
typedef enum rf_attempt { RF_ATTEMPT_DONE, RF_ATTEMPT_AGAIN, RF_ATTEMPT_REFUSED, RF_ATTEMPT_GIVEN_UP } rf_attempt;
rf_attempt rf_deliver_attempt(rf_stream *stream, const rf_shard_env *env, rf_load *load, char why[static 200]) RF_NODISCARD;

/* ---- outlet.c ---- */
void rf_outlet_init(rf_outlet *outlet, const rf_component *component);
void rf_outlet_done(rf_outlet *outlet);
/* For an output within another: gives it an outlet in its config's arena, registered. */
RF_NODISCARD rf_code rf_outlet_open(rf_component *component, rf_metrics *metrics, rf_error *reterr);
/* RF_EAGAIN: the run is being given up, or the course's time is over. */
RF_NODISCARD rf_code rf_outlet_connect(rf_outlet *outlet, const rf_course *course, rf_error *reterr);
/* `until_ns`: as rf_child_write's, and no longer than the batch's course says. */
RF_NODISCARD rf_code rf_outlet_write(rf_outlet *outlet, rf_batch *batch, uint64_t until_ns, uint32_t *ret_unwritten, rf_error *reterr);
/* A batch that is full: its processors, then the writing. */
RF_NODISCARD rf_code rf_outlet_write_full(rf_outlet *outlet, rf_batch *batch, uint32_t *ret_unwritten, rf_error *reterr);
/* Without processors. */
RF_NODISCARD rf_code rf_outlet_write_through(rf_outlet *outlet, rf_batch *batch, uint32_t *ret_unwritten, rf_error *reterr);
/* After an error: another batch than that one may come next. rf_outlet_write() does it itself, but where the same batch is tried again at once. */
void rf_outlet_forget(rf_outlet *outlet);
/* Each of them (outlets.c): at 0 the first, NULL after the last. */
rf_outlet *rf_outlets_next(rf_stream *stream, size_t *at);
/* Gives all outlets of the stream's config the stream, and takes it away again. */
RF_NODISCARD rf_code rf_outlets_start(rf_stream *stream, rf_error *reterr);
void rf_outlets_end(rf_stream *stream);
/* What a thread has made for itself goes on that thread. */
void rf_outlets_detach(rf_stream *stream, const rf_shard_env *env);
RF_NODISCARD rf_code rf_outlet_register(rf_outlet *outlet, rf_metrics *metrics, rf_error *reterr); /* register.c */

/* ---- outlet_steps.c ---- */
typedef rf_code rf_outlet_writer(rf_outlet *outlet, rf_batch *batch, uint32_t *ret_unwritten, rf_error *reterr);
/* Runs the processors on a part that is all of the batch, and has what they make of it written. */
RF_NODISCARD rf_code rf_outlet_steps_write(rf_outlet *outlet, rf_outlet_steps *steps, rf_batch *batch, rf_outlet_writer *writer,
                                           uint32_t *ret_unwritten, rf_error *reterr);

/* ---- hold.c ---- */
/* Keeps the messages until they are a full batch; writes those that are. */
RF_NODISCARD rf_code rf_hold_write(rf_outlet *outlet, rf_batch *batch, uint32_t *ret_unwritten, rf_error *reterr);
/* Writes what is kept, if anything is. Under the lock. */
void rf_hold_flush(rf_outlet *outlet, const rf_shard_env *env);
/* When what is kept is due; UINT64_MAX: not by time. */
uint64_t rf_hold_due_ns(const rf_hold *hold);
void rf_hold_done(rf_hold *hold);

/* ---- late.c ---- */
/* Keeps the load to try it again; waits when there are too many, if it may: the lock is then given away. False: given up, no room or
 * no thread; the caller keeps it. Under the lock. */
bool rf_late_park(rf_stream *stream, rf_load *load, bool waits) RF_NODISCARD;
/* Starts its thread. False: it cannot be. Under the lock. */
bool rf_late_start(rf_stream *stream) RF_NODISCARD;
/* Tells that the last worker has ended. Takes the lock. */
void rf_late_end(rf_stream *stream);

#endif
