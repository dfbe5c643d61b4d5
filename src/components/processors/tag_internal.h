/* tag_internal.h: the insides of tag_processor, shared by the tag_*.c files only. */
#ifndef RF_COMPONENTS_TAG_INTERNAL_H
#define RF_COMPONENTS_TAG_INTERNAL_H

#include "base/vec.h"
#include "components/processors/script_stage.h"
#include "components/processors/topic.h"

/* The metadata keys that the processor itself reads and writes, interned once. */
typedef enum tag_key {
    TAG_LOCATION, TAG_CONTRACT, TAG_NAME, TAG_PATH, TAG_DATATYPE, TAG_TIMESTAMP_MS, TAG_TIMESTAMP, TAG_TOPIC, TAG_UMH_TOPIC,
    TAG_INITIAL, TAG_INCOMING, TAG_KEYS,
} tag_key;

/* All of them are found in one walk over a message's metadata: `slots` leads from a hash to a key, or past it to the
 * next slot. */
#define TAG_SLOTS 64u
typedef struct tag_keys {
    const rf_key *key[TAG_KEYS];
    uint64_t bits; /* of all of them */
    uint8_t slots[TAG_SLOTS]; /* tag_key + 1; 0: none */
} tag_keys;

/* Which of the keys this is, or TAG_KEYS. */
static inline tag_key tag_keys_find(const tag_keys *keys, const rf_key *key) {
    for (uint32_t at = key->hash % TAG_SLOTS; keys->slots[at]; at = (at + 1) % TAG_SLOTS)
        if (rf_key_eq(keys->key[keys->slots[at] - 1], key))
            return (tag_key)(keys->slots[at] - 1);
    return TAG_KEYS;
}

typedef struct tag_condition {
    rf_conf_script test, then;
    size_t test_stage, then_stage;
} tag_condition;

#define TAG_NO_STAGE SIZE_MAX

/* State of the processor: the fields of the config first. */
typedef struct tag {
    rf_conf_script defaults, advanced;
    rf_list conditions; /* tag_condition */
    rf_script_options options;
    rf_scripts scripts;
    rf_arena arena; /* a key that did not fit into the table */
    tag_keys keys;
    size_t defaults_stage, advanced_stage; /* TAG_NO_STAGE: skipped */
    size_t output_stage;
    rf_log_limit time_limit;
} tag;

/* A message on its way through the stages. */
typedef struct tag_item {
    rf_message message; /* what the next script sees; its payload counts once `ready` */
    rf_value exact;     /* the payload as the last script, or the input, left it */
    uint32_t origin;    /* index of the message of the batch that it came from */
    bool ready;         /* message.payload is settled */
    bool failed;        /* it is done: goes out as it is */
} tag_item;

typedef RF_VEC(tag_item) tag_items;

/* Where a batch has grown to this many, a script that makes several out of one fails. */
#define TAG_MESSAGES_MAX (1u << 17)

/* What one shard has for itself; the lists keep their memory from batch to batch. */
typedef struct tag_local {
    rf_runner runner;
    rf_topic_cache *topics;
    tag_items items, next;
    RF_VEC(rf_message) out;
    rf_buffer scratch;
} tag_local;

/* tag_stages.c: takes the batch's messages [begin, end) through all scripts; local->items is what is left of them.
 * Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_tag_run_stages(tag *self, tag_local *local, rf_batch *batch, uint32_t begin, uint32_t end, rf_error *reterr);
/* Makes item the message it came from again, with an error, and lets it go out so. */
void rf_tag_fail(rf_batch *batch, tag_item *item, const char *text);
/* Every value its text; what is empty goes. False: out of memory. */
bool rf_tag_settle_meta(rf_arena *arena, rf_meta *meta) RF_NODISCARD;

/* tag_output.c: validates, builds topic and payload of local->items; what leaves comes behind the others in local->out. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_tag_make_output(tag *self, tag_local *local, rf_batch *batch, rf_error *reterr);

#endif
