/* filter.c: metadata to headers, by prefixes and patterns. */
#include "components/kafka/filter.h"

#include "base/buffer.h"
#include "base/slice.h"

#include <assert.h>

#define FILTER(member) offsetof(rf_kafka_filter, member)

const rf_field rf_kafka_exclude_fields[] = {
    { .name = "exclude_prefixes", .type = RF_FIELD_STRINGS, .offset = FILTER(exclude_prefixes),
      .doc = "Metadata whose key begins with one of these are left out; all others become headers." },
    { 0 },
};

const rf_field rf_kafka_include_fields[] = {
    { .name = "include_prefixes", .type = RF_FIELD_STRINGS, .offset = FILTER(include_prefixes),
      .doc = "Metadata whose key begins with one of these become headers." },
    { .name = "include_patterns", .type = RF_FIELD_STRINGS, .offset = FILTER(include_patterns),
      .doc = "Metadata in whose key one of these regular expressions is found become headers." },
    { 0 },
};

/* ---- Patterns ---- */

/* RE2 has options at the front where the prefilter has them behind. */
rf_code rf_kafka_pattern_add(rf_prefilter *patterns, rf_slice pattern, bool *ret_all, rf_error *reterr) {
    const rf_slice option = RF_SLICE("(?i)");
    bool any_case = rf_slice_starts(pattern, option);
    rf_buffer text = { 0 };
    rf_code code;
    if (any_case)
        pattern = (rf_slice){ pattern.data + option.len, pattern.len - option.len };
    *ret_all |= pattern.len == 0;
    if (pattern.len == 0)
        return RF_OK;
    rf_buffer_char(&text, '/');
    rf_buffer_slice(&text, pattern);
    rf_buffer_text(&text, any_case ? "/i" : "/");
    code = text.failed ? rf_raise_nomem(reterr) : rf_prefilter_add(patterns, 0, rf_buffer_view(&text), reterr);
    if (reterr)
        reterr->place = (rf_place){ 0 }; /* of the pattern, where the config's is wanted */
    rf_buffer_done(&text);
    return code;
}

static rf_code report_pattern(const rf_conf *conf, const rf_error *error) {
    const rf_conf *block = rf_conf_child(conf, "metadata");
    const rf_conf *node = block ? rf_conf_child(block, "include_patterns") : NULL;
    return rf_conf_report(node ? node : conf, error);
}

rf_code rf_kafka_filter_open(rf_kafka_filter *filter, bool only_included, const rf_conf *conf, rf_error *reterr) {
    rf_code code = RF_OK;
    bool all = false;
    filter->only_included = only_included;
    if (filter->include_patterns.count > 0)
        code = rf_prefilter_new(&filter->patterns, reterr);
    for (size_t i = 0; i < filter->include_patterns.count && !code; i++) {
        rf_error error = { 0 };
        code = rf_kafka_pattern_add(filter->patterns, filter->include_patterns.items[i], &all, &error);
        if (code == RF_ENOMEM)
            return rf_raise_nomem(reterr);
        if (code) {
            error.code = RF_ECONFIG;
            code = report_pattern(conf, &error);
        }
    }
    if (all)
        filter->only_included = false;
    return code;
}

void rf_kafka_filter_done(rf_kafka_filter *filter) {
    rf_prefilter_free(filter->patterns);
    filter->patterns = NULL;
}

static bool has_prefix(const rf_strings *prefixes, rf_slice key) {
    for (size_t i = 0; i < prefixes->count; i++)
        if (rf_slice_starts(key, prefixes->items[i]))
            return true;
    return false;
}

bool rf_kafka_filter_passes(const rf_kafka_filter *filter, rf_slice key) {
    if (!filter->only_included)
        return !has_prefix(&filter->exclude_prefixes, key);
    return has_prefix(&filter->include_prefixes, key) || (filter->patterns && rf_prefilter_match(filter->patterns, key, 1));
}

/* ---- Headers ---- */

rf_code rf_kafka_header(const rf_kafka_api *api, rd_kafka_headers_t **headers, rf_slice name, rf_slice value, rf_error *reterr) {
    if (!*headers)
        *headers = api->rd_kafka_headers_new(8);
    if (!*headers || api->rd_kafka_header_add(*headers, name.data, (ssize_t)name.len, value.data ? value.data : "", (ssize_t)value.len))
        return rf_raise_nomem(reterr);
    return RF_OK;
}

rf_code rf_kafka_filter_headers(const rf_kafka_filter *filter, const rf_kafka_api *api, rf_batch *batch, rf_meta *meta,
                                rd_kafka_headers_t **headers, rf_error *reterr) {
    rf_code code = RF_OK;
    if (filter->only_included && filter->include_prefixes.count == 0 && !filter->patterns)
        return RF_OK; /* as most configs have it: none, whatever they are */
    for (uint32_t i = 0; i < meta->count && !code; i++) {
        rf_slice key = rf_key_text(meta->entries[i].key);
        if (!rf_kafka_filter_passes(filter, key))
            continue;
        rf_value value = meta->entries[i].value; /* a copy: entries may be shared */
        rf_slice text = rf_meta_text(&batch->arena, &value);
        code = text.data ? rf_kafka_header(api, headers, key, text, reterr) : rf_raise_nomem(reterr);
    }
    return code;
}
