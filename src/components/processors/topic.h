/* topic.h: topics of the unified namespace, built from metadata, and a bounded memory of those built before. */
#ifndef RF_COMPONENTS_TOPIC_H
#define RF_COMPONENTS_TOPIC_H

#include "base/arena.h"
#include "riffle/error.h"

/* What a topic is made of; `virtual_path` may be empty, and then is left out. */
typedef struct rf_topic_parts {
    rf_slice location, contract, virtual_path, name;
} rf_topic_parts;

/*
 * Joins and checks (stream.md 7). RF_OK: *ret_text is the topic. RF_EPARSE: it is the reason why there is none.
 * Both live in `arena`. RF_ENOMEM: nothing is written.
 */
RF_NODISCARD rf_code rf_topic_build(rf_arena *arena, const rf_topic_parts *parts, rf_slice *ret_text);

/* A topic as it is written: RF_OK, and *ret_text is its contract, as it is parsed. RF_EPARSE: it is the reason why the topic is none,
 * in `arena` or static. RF_ENOMEM: nothing is written. */
RF_NODISCARD rf_code rf_topic_check(rf_arena *arena, rf_slice topic, rf_slice *ret_text);

/* White space off both ends; empty for the words that scripts leave behind for "nothing" (null, nil, <nil>, undefined). */
rf_slice rf_topic_trim_path(rf_slice virtual_path);

#define RF_TOPIC_CACHE_ENTRIES 16384u
#define RF_TOPIC_CACHE_BYTES (4u << 20)

/* Topics repeat for ever: what was built or refused once is not built again. One thread. */
typedef struct rf_topic_cache rf_topic_cache;

RF_NODISCARD rf_topic_cache *rf_topic_cache_new(void);
void rf_topic_cache_free(rf_topic_cache *cache);
/* As rf_topic_build(). The text is copied into `arena`: it outlives what the cache forgets. */
RF_NODISCARD rf_code rf_topic_cache_get(rf_topic_cache *cache, rf_arena *arena, const rf_topic_parts *parts, rf_slice *ret_text);
/* Entries held now. */
size_t rf_topic_cache_count(const rf_topic_cache *cache);

#endif
