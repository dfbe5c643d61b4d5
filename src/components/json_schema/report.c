/* report.c: complaints in the original's words. */
#include "components/json_schema/report.h"

#include "base/slice.h"

#include <stdarg.h>
#include <stdio.h>

#define TEXT_MAX 2048 /* of one complaint */

static void write_names(rf_buffer *out, const rf_schema_place *place) {
    const rf_schema_place *chain[64]; /* the innermost ones, when there are more */
    unsigned count = 0;
    for (; place->around && count < 64; place = place->around)
        chain[count++] = place;
    while (count-- > 0) {
        if (chain[count]->name.data)
            rf_buffer_slice(out, chain[count]->name);
        else
            rf_buffer_printf(out, "%u", chain[count]->index);
        if (count > 0)
            rf_buffer_char(out, '.');
    }
}

void rf_schema_write_place(rf_buffer *out, const rf_schema_place *place) {
    if (place->around)
        write_names(out, place);
    else
        rf_buffer_text(out, "(root)");
}

static void lower(char *text, size_t len) {
    for (size_t i = 0; i < len; i++)
        if (text[i] >= 'A' && text[i] <= 'Z')
            text[i] = (char)(text[i] - 'A' + 'a');
}

void rf_schema_complain(rf_buffer *out, rf_schema_result *result, const rf_schema_place *place, rf_slice property, const char *format,
                        ...) {
    char text[TEXT_MAX];
    va_list values;
    result->complaints++;
    result->score -= 2;
    if (!out)
        return;
    va_start(values, format);
    const int written = vsnprintf(text, sizeof text, format, values);
    va_end(values);
    const size_t len = written < 0 ? 0 : (size_t)written < sizeof text ? (size_t)written : sizeof text - 1;
    rf_schema_write_place(out, place);
    rf_buffer_char(out, ' ');
    if (property.data)
        rf_buffer_slice(out, property);
    lower(text, len);
    rf_buffer_append(out, text, len);
    rf_buffer_char(out, '\n');
}
