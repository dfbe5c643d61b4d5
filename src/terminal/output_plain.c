/* output_plain.c: lines without sequences and without controls but tabs, which go through the plugins many at a time. */
#include "terminal/output_internal.h"

/* Length of the line at the front without its end, which is *ret_end long; false: it is not plain, or not complete. */
static bool plain_line(rf_slice left, size_t *ret_len, size_t *ret_end) {
    for (size_t at = 0;; at++) {
        at += rf_escape_text_bytes(left.data + at, left.len - at);
        if (at == left.len || at > RF_OUTPUT_LINE_MAX)
            return false;
        bool cr = left.data[at] == '\r';
        *ret_len = at;
        *ret_end = 1u + cr;
        if (left.data[at] == '\n' || (cr && at + 1 < left.len && left.data[at + 1] == '\n'))
            return true;
        if (left.data[at] != '\t')
            return false;
    }
}

static void put_made(rf_output *output, rf_slice bytes) {
    rf_buffer_clear(&output->made);
    rf_line_put_made(bytes, &output->made);
    rf_output_put(output, output->made.failed ? bytes : rf_buffer_view(&output->made));
}

/* A run of which some lines came out otherwise. */
static void put_run(rf_output *output, uint32_t count, const char *end) {
    for (uint32_t i = 0; i < count; i++) {
        const rf_outcome_text *made = &output->outcomes[i];
        const char *line_end = output->lines[i].data + output->lines[i].len, *next = i + 1 < count ? output->lines[i + 1].data : end;
        if (made->verdict == RF_VERDICT_DROP)
            continue;
        if (made->verdict == RF_VERDICT_MODIFY)
            put_made(output, made->bytes);
        else
            rf_output_put(output, output->lines[i]);
        rf_output_put(output, (rf_slice){ line_end, (size_t)(next - line_end) });
    }
}

size_t rf_output_plain_lines(rf_output *output, rf_slice bytes) {
    rf_slice left = bytes;
    uint32_t count = 0;
    size_t len, end;
    while (count < RF_OUTPUT_RUN && left.len && plain_line(left, &len, &end)) {
        output->lines[count++] = (rf_slice){ left.data, len };
        left = (rf_slice){ left.data + len + end, left.len - len - end };
    }
    if (!count)
        return 0;
    rf_chain_lines(output->chain, output->lines, count, output->outcomes);
    bool same = true;
    for (uint32_t i = 0; i < count && same; i++)
        same = output->outcomes[i].verdict == RF_VERDICT_CONTINUE;
    bytes.len -= left.len;
    if (same)
        rf_output_put(output, bytes);
    else
        put_run(output, count, left.data);
    return bytes.len;
}
