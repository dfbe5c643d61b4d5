/* topic.c: joining a topic's parts, and the rules it must keep (stream.md 7). */
#include "components/processors/topic.h"

#include "base/slice.h"
#include "base/utf8.h"

#include <assert.h>

/* Walks the segments between dots; "a." has two. */
typedef struct segments {
    rf_slice rest;
    bool more;
} segments;

static segments segments_of(rf_slice text) {
    return (segments){ text, true };
}

static bool next_segment(segments *walk, rf_slice *ret_segment) {
    if (!walk->more)
        return false;
    size_t dot = rf_slice_find(walk->rest, '.');
    *ret_segment = (rf_slice){ walk->rest.data, dot };
    walk->more = dot < walk->rest.len;
    if (walk->more)
        walk->rest = (rf_slice){ walk->rest.data + dot + 1, walk->rest.len - dot - 1 };
    return true;
}

static bool is_contract(rf_slice segment) {
    return segment.len > 0 && segment.data[0] == '_';
}

static bool allowed(unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

/* Where the parts of a joined topic are: the contract is found by its place, not by who gave it. */
typedef struct layout {
    rf_slice level0;
    rf_slice contract; /* data NULL: none */
    rf_slice last;
    uint32_t contract_index; /* level0 is 0 */
    uint32_t count;
} layout;

static layout lay_out(rf_slice body) {
    layout found = { .count = 0 };
    segments walk = segments_of(body);
    rf_slice segment;
    while (next_segment(&walk, &segment)) {
        if (found.count == 0)
            found.level0 = segment;
        else if (!found.contract.data && walk.more && is_contract(segment)) {
            found.contract = segment;
            found.contract_index = found.count;
        }
        found.last = segment;
        found.count++;
    }
    return found;
}

/* The index of the first empty segment in [from, to), or `to`. */
static uint32_t first_empty(rf_slice body, uint32_t from, uint32_t to) {
    segments walk = segments_of(body);
    rf_slice segment;
    for (uint32_t i = 0; i < to && next_segment(&walk, &segment); i++)
        if (i >= from && segment.len == 0)
            return i;
    return to;
}

#define TOPIC_HEAD "umh.v1."

/* The topic with every character that may not be there as `_`; data NULL: out of memory. */
static rf_slice with_underscores(rf_arena *arena, rf_slice topic) {
    char *out = rf_arena_alloc(arena, topic.len + 1);
    if (!out)
        return (rf_slice){ NULL, 0 };
    size_t len = 0;
    for (size_t i = 0; i < topic.len;) {
        uint32_t character;
        size_t bytes = rf_utf8_decode((rf_slice){ topic.data + i, topic.len - i }, &character);
        out[len++] = allowed((unsigned char)topic.data[i]) ? topic.data[i] : '_';
        i += bytes ? bytes : 1;
    }
    return (rf_slice){ out, len };
}

static rf_slice check_characters(rf_arena *arena, rf_slice topic, bool *ret_fine) {
    size_t i = 0;
    while (i < topic.len && allowed((unsigned char)topic.data[i]))
        i++;
    *ret_fine = i == topic.len;
    if (*ret_fine)
        return topic;
    rf_slice clean = with_underscores(arena, topic);
    if (!clean.data)
        return clean;
    return rf_printf_in(arena, "topic contained invalid characters and was rejected: '%.*s' -> '%.*s'",
                        RF_SLICE_ARG(topic), RF_SLICE_ARG(clean));
}

/* The rules about where what stands; the order of the tests decides which reason is given. NULL text: all kept. */
static rf_slice check_layout(rf_arena *arena, rf_slice topic, rf_slice body, bool *ret_fine) {
    layout at = lay_out(body);
    *ret_fine = false;
    if (at.level0.len == 0)
        return RF_SLICE("topic construction failed: level0 is required - set using SetLevel0() or SetLocationLevels()");
    if (!at.contract.data)
        return RF_SLICE("topic must contain a data contract (segment starting with '_') and it cannot be the final segment");
    if (at.contract.len == 1)
        return RF_SLICE("data contract cannot be just an underscore");
    if (at.last.len == 0)
        return RF_SLICE("topic name (final segment) cannot be empty");
    uint32_t first = at.contract_index + 1, empty = first_empty(body, first, at.count - 1);
    if (empty < at.count - 1)
        return rf_printf_in(arena, "virtual path segment at index %u cannot be empty", empty - first);
    if (is_contract(at.level0))
        return rf_printf_in(arena, "topic validation failed: level0 cannot start with underscore (topic: %.*s)",
                            RF_SLICE_ARG(topic));
    empty = first_empty(body, 1, at.contract_index);
    if (empty < at.contract_index)
        return rf_printf_in(arena, "topic validation failed: location sublevel at index %u cannot be empty (topic: %.*s)",
                            empty, RF_SLICE_ARG(topic));
    *ret_fine = true;
    return topic;
}

static char *put(char *at, rf_slice text) {
    if (text.len)
        memcpy(at, text.data, text.len);
    return at + text.len;
}

static rf_slice join(rf_arena *arena, const rf_topic_parts *parts) {
    size_t path = parts->virtual_path.len ? parts->virtual_path.len + 1 : 0;
    size_t len = sizeof TOPIC_HEAD - 1 + parts->location.len + 1 + parts->contract.len + 1 + path + parts->name.len;
    char *text = rf_arena_alloc(arena, len + 1);
    if (!text)
        return (rf_slice){ NULL, 0 };
    char *at = put(put(text, RF_SLICE(TOPIC_HEAD)), parts->location);
    *at++ = '.';
    at = put(at, parts->contract);
    *at++ = '.';
    if (path) {
        at = put(at, parts->virtual_path);
        *at++ = '.';
    }
    at = put(at, parts->name);
    assert((size_t)(at - text) == len);
    return (rf_slice){ text, len };
}

rf_code rf_topic_build(rf_arena *arena, const rf_topic_parts *parts, rf_slice *ret_text) {
    assert(arena && parts && ret_text);
    rf_slice topic = join(arena, parts);
    if (!topic.data)
        return RF_ENOMEM;
    rf_slice body = { topic.data + sizeof TOPIC_HEAD - 1, topic.len - (sizeof TOPIC_HEAD - 1) };
    bool fine;
    rf_slice text = check_layout(arena, topic, body, &fine);
    if (fine)
        text = check_characters(arena, topic, &fine);
    if (!text.data)
        return RF_ENOMEM;
    *ret_text = text;
    return fine ? RF_OK : RF_EPARSE;
}

#define SEGMENTS_MIN 3u /* behind the head */

rf_code rf_topic_check(rf_arena *arena, rf_slice topic, rf_slice *ret_text) {
    assert(arena && ret_text);
    const rf_slice head = RF_SLICE(TOPIC_HEAD);
    rf_slice body = { topic.data + head.len, topic.len - head.len }, text;
    bool fine;
    if (!rf_slice_starts(topic, head)) {
        *ret_text = RF_SLICE("topic must start with umh.v1");
        return RF_EPARSE;
    }
    if (lay_out(body).count < SEGMENTS_MIN) {
        *ret_text = RF_SLICE("topic must have at least: umh.v1.level0._contract.name");
        return RF_EPARSE;
    }
    text = check_layout(arena, topic, body, &fine);
    if (fine)
        text = check_characters(arena, topic, &fine);
    if (!text.data)
        return RF_ENOMEM;
    *ret_text = fine ? lay_out(body).contract : text;
    return fine ? RF_OK : RF_EPARSE;
}

rf_slice rf_topic_trim_path(rf_slice virtual_path) {
    static const char *const nothings[] = { "null", "nil", "<nil>", "undefined" };
    rf_slice path = rf_slice_trim_unicode(virtual_path);
    for (size_t i = 0; i < sizeof nothings / sizeof *nothings; i++)
        if (rf_slice_eq_nocase(path, rf_slice_of(nothings[i])))
            return RF_SLICE("");
    return path;
}
