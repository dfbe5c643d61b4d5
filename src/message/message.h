/* message.h: a message, and the batch it lives in. */
#ifndef RF_MESSAGE_MESSAGE_H
#define RF_MESSAGE_MESSAGE_H

#include "base/buffer.h"
#include "message/key.h"
#include "message/value.h"
#include "riffle/error.h"

typedef struct rf_meta_entry {
    const rf_key *key;
    rf_value value;
} rf_meta_entry;

/* Metadata: a small array in insertion order, keys unique. `frozen`: other messages or a snapshot share the
 * entries; whoever wants to change them copies them first (rf_meta_set does). Entries may be put behind the last without
 * further ado; whoever moves some sets `noted` to the place of the first of them, if it is more. */
typedef struct rf_meta {
    rf_meta_entry *entries;
    uint32_t count;
    uint32_t cap;
    uint64_t bits;  /* the bits of the first `noted` keys, and perhaps more: most keys that are not there need not be looked for */
    uint32_t noted; /* rf_meta_note_keys */
    bool frozen;
    bool typed;   /* some value may be neither a string nor lazy */
    bool settled; /* each value is lazy, or a string that is not empty (false: not known) */
} rf_meta;

/* The component that gave up on a message; lives as long as the config. */
typedef struct rf_blame { const char *label, *name, *path; } rf_blame; /* "" without a label; "root.pipeline.processors.0" */

/* Everything here lives in the batch's arena. A message is a value: copying the struct shares its parts
 * (freeze the metadata first, rf_message_share). */
typedef struct rf_message {
    rf_value payload; /* RF_RAW: unparsed bytes */
    rf_meta meta;
    rf_slice error;   /* why a processor gave up on it; data NULL: it did not */
    const rf_blame *blame; /* which one; NULL: not known, or it did not */
    uint32_t parcel;  /* 0: a batch by itself, as the user sees it; neighbours with the same number are one (rf_batch_parcel) */
    uint32_t origin;  /* 1 + the place of what it was made from in the batch that was parted (stream/part.h); 0: not known */
    uint32_t written_to; /* a bit for each output of a fan-out that has it already, so that a retry leaves those out */
} rf_message;

#define RF_BATCH_KEYS 32 /* keys of the line before that a batch remembers */

struct rf_batch;

/* Who waits for an answer to a batch's messages. */
typedef struct rf_reply {
    void *arg;
    /* The messages of `batch`, which is the input's of that mark or a part of it, are the answer; copies them. Any thread.
     * Errors: RF_ESCRIPT it cannot be made; RF_ENOMEM. */
    rf_code (*take)(void *arg, uint64_t mark, struct rf_batch *batch, rf_error *reterr);
} rf_reply;

typedef struct rf_batch {
    rf_arena arena;
    rf_message *messages; /* heap, kept over clears */
    uint32_t count;
    uint32_t cap;
    rf_keys *keys;        /* borrowed: the pipeline's */
    uint64_t mark;        /* the input's own: how far it had read; handed back with the acknowledgement */
    const rf_reply *reply; /* the input's: an answer is waited for; NULL: it is not */
    uint64_t read_ns;     /* when the first message came in, monotonic */
    uint32_t read_count;  /* messages when it left the input */
    uint64_t turn;        /* the runtime's own: its place in the order of delivery */
    const void *source;   /* the runtime's own: whom it came from */
    const struct rf_course *course; /* the runtime's own, while it is being delivered: how (stream/runtime.h) */
    const struct rf_batch *whole; /* what it is a part of, while it is one (stream/part.h) */
    rf_buffer scratch;    /* for whoever writes one message now; kept over clears */
    /* Private to rf_message_read: the keys of the last line, by position, all different and interned. */
    const rf_key *line_keys[RF_BATCH_KEYS];
    uint32_t line_key_count;
    size_t counted_bytes; /* the recycler's own: what its total has of this batch */
    /* Which messages an output would not take, and why (rf_batch_refuse): kept over clears. */
    uint32_t refused_count;
    struct rf_refusals *refusals;
} rf_batch;

/* Batches are recycled by whoever made them: clear keeps memory up to a bound. */
RF_NODISCARD rf_batch *rf_batch_new(rf_keys *keys);
void rf_batch_free(rf_batch *batch);
void rf_batch_clear(rf_batch *batch);
/* A new empty message at the end (payload RF_RAW, zero bytes), or NULL: out of memory. Moves the array. */
rf_message *rf_batch_add(rf_batch *batch) RF_NODISCARD;

/* Replaces all messages by `count` others (parts in the batch's arena; `messages` itself is copied).
 * False: out of memory, and nothing changed. */
bool rf_batch_replace(rf_batch *batch, const rf_message *messages, uint32_t count) RF_NODISCARD;

/*
 * An output does not take message `index` now: the text (cut at 2 KiB) tells why. It is tried again, or goes where whoever
 * holds the output says; the batch's other messages are delivered. The last text counts. False: out of memory.
 * rf_batch_refusal: data NULL: it was not refused; the text lives until the refusals are cleared.
 */
RF_NODISCARD bool rf_batch_refuse(rf_batch *batch, uint32_t index, const char *format, ...) RF_PRINTF(3, 4);
rf_slice rf_batch_refusal(const rf_batch *batch, uint32_t index);
/* The refused message `at` of `from` is the message `index` here: refused in the same words and for as long. False: out of memory. */
RF_NODISCARD bool rf_batch_refuse_like(rf_batch *batch, uint32_t index, const rf_batch *from, uint32_t at);
/* A message that was refused can never be written: whoever holds the output may have another way for it, but trying again is no use. */
void rf_batch_refuse_for_good(rf_batch *batch, uint32_t index);
bool rf_batch_is_refused_for_good(const rf_batch *batch, uint32_t index);
/* The words of a refusal are the user's own, and not what a peer or a script said: whoever sent the message may read them. */
void rf_batch_refuse_openly(rf_batch *batch, uint32_t index);
bool rf_batch_is_refused_openly(const rf_batch *batch, uint32_t index);
/* All that are refused are tried again whoever sent them, also who would rather hear of it: others have them already. */
void rf_batch_insist(rf_batch *batch);
bool rf_batch_insists(const rf_batch *batch, uint32_t index);
void rf_batch_clear_refusals(rf_batch *batch);
/* Takes back the refusal of one, if there is one. */
void rf_batch_accept(rf_batch *batch, uint32_t index);
/* Only the refused messages stay, without their refusals. */
void rf_batch_keep_refused(rf_batch *batch);

/* A copy of everything the message has, in the memory of `batch`, at its end. False: out of memory. */
RF_NODISCARD bool rf_batch_add_copy(rf_batch *batch, const rf_message *message);

/*
 * A batch of ours holds several of those that the user's config speaks of: reading many lines at once makes no batch of them.
 * rf_batch_parcel: the messages [*ret_begin, *ret_end) around `index` that are one for the user.
 * rf_batch_new_parcel: a number that none of them has.
 */
void rf_batch_parcel(const rf_batch *batch, uint32_t index, uint32_t *ret_begin, uint32_t *ret_end);
uint32_t rf_batch_new_parcel(const rf_batch *batch);
/* All messages are one. */
void rf_batch_join(rf_batch *batch);

/* Lets `copy` have the same parts as `original`; both may then be changed apart. */
void rf_message_share(rf_message *original, rf_message *copy);

/* As `settled` has it. */
static inline bool rf_value_is_settled(const rf_value *value) {
    return RF_LIKELY(value->kind == RF_STRING) ? value->size > 0 : value->kind == RF_LAZY_INITIAL || value->kind == RF_LAZY_KEYS;
}
/* Drops all others, in entries that are not shared. */
void rf_meta_keep_settled(rf_meta *meta);

/* Where a search for the key may begin: among the entries before that place it is not. */
static inline uint32_t rf_meta_search_from(const rf_meta *meta, const rf_key *key) { return meta->bits & key->bit ? 0 : meta->noted; }
/* Lets later searches know which keys there are. */
void rf_meta_note_keys(rf_meta *meta);
/* A new entry behind the others, for which there is room: its value is still to be set. The key is not there yet. */
static inline rf_meta_entry *rf_meta_add(rf_meta *meta, const rf_key *key) {
    bool all_noted = meta->noted == meta->count;
    rf_meta_entry *entry = &meta->entries[meta->count++];
    meta->bits |= all_noted ? key->bit : 0;
    meta->noted += all_noted;
    entry->key = key;
    return entry;
}

/* The entry, or NULL. The value may be RF_LAZY_*: rf_meta_text() resolves it. */
rf_value *rf_meta_get(const rf_meta *meta, const rf_key *key);
rf_value *rf_meta_find(const rf_meta *meta, rf_slice key);
/* Sets; an empty string deletes (the host's rule). False: out of memory. */
bool rf_meta_set(rf_arena *arena, rf_meta *meta, const rf_key *key, rf_value value) RF_NODISCARD;
bool rf_meta_delete(rf_arena *arena, rf_meta *meta, const rf_key *key) RF_NODISCARD;
/* Room for `cap` entries in all, unshared. */
bool rf_meta_reserve(rf_arena *arena, rf_meta *meta, uint32_t cap) RF_NODISCARD;
/* Sets by name, interning it in the batch's table. */
bool rf_batch_set_meta(rf_batch *batch, rf_message *message, rf_slice key, rf_value value) RF_NODISCARD;

/*
 * Freezes the metadata as it is and appends two lazy entries that stand for it: under `initial_key` a JSON object of
 * all string entries, and, when there is one, under `keys_key` their keys joined by commas. Their text is made when
 * somebody reads it. False: out of memory.
 */
bool rf_meta_snapshot(rf_arena *arena, rf_meta *meta, const rf_key *initial_key, const rf_key *keys_key) RF_NODISCARD;

/* Makes an RF_LAZY_* value the string it stands for, in place; other values stay. False: out of memory. */
bool rf_meta_resolve(rf_arena *arena, rf_value *value) RF_NODISCARD;
/* All of them, also in entries that are shared: whoever shares them may then only read. False: out of memory. */
bool rf_meta_resolve_all(rf_arena *arena, rf_meta *meta) RF_NODISCARD;
/* A value's text form (stream.md 2.5) as a slice in the arena; strings are views. data NULL: out of memory. */
rf_slice rf_meta_text(rf_arena *arena, rf_value *value);

/* Marks the message as failed; the text is copied, cut at 2 KiB. A second failure replaces the first. */
void rf_message_fail(rf_batch *batch, rf_message *message, const char *format, ...) RF_PRINTF(3, 4);

/* The payload as bytes: raw as it is, structured as JSON with sorted keys (into the arena).
 * Errors as rf_json_write(). */
RF_NODISCARD rf_code rf_message_bytes(rf_batch *batch, rf_message *message, rf_slice *ret_bytes, rf_error *reterr);
/* Turns an RF_RAW payload into the value scripts see: parsed JSON (doubles), else RF_STRING of the bytes with
 * invalid UTF-8 as U+FFFD. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_message_parse(rf_arena *arena, rf_value *payload, rf_error *reterr);

/*
 * One line of `codec: message`: {"payload": …, "meta": {…}} (docs/messages.md), without the newline.
 * Reading keeps number lexemes. `line` is copied: it need not outlive the call, and its bytes stay untouched.
 * Whole numbers in metadata become RF_INT, others RF_DOUBLE; a whole RF_DOUBLE is written as 5.0 to stay one.
 * Errors: RF_EPARSE, RF_ELIMIT nested past RF_VALUE_DEPTH_MAX, RF_ENOMEM; writing also RF_ESCRIPT for a value that
 * JSON cannot hold (`out` is then as it was before).
 */
RF_NODISCARD rf_code rf_message_read(rf_batch *batch, rf_slice line, rf_message *ret_message, rf_error *reterr);
RF_NODISCARD rf_code rf_message_write(rf_buffer *out, rf_batch *batch, rf_message *message, rf_error *reterr);

#endif
