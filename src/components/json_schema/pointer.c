/* pointer.c: what a `$ref` means: a JSON pointer (RFC 6901) behind `#`, or the name of a part. */
#include "base/number.h"
#include "base/slice.h"
#include "components/json_schema/compile.h"

#include <stdlib.h>

/* One step of a pointer, with `~1`, `~0` and `%xx` read. False: too long. */
static bool read_step(rf_slice step, char out[static 256], size_t *ret_len) {
    size_t len = 0;
    for (size_t i = 0; i < step.len; i++, len++) {
        unsigned byte = (unsigned char)step.data[i];
        char hex[3] = { 0 };
        if (len == 256)
            return false;
        if (byte == '%' && step.len - i > 2) {
            memcpy(hex, step.data + i + 1, 2);
            byte = (unsigned)strtoul(hex, NULL, 16);
            i += 2;
        } else if (byte == '~' && i + 1 < step.len)
            byte = step.data[++i] == '1' ? '/' : '~';
        out[len] = (char)byte;
    }
    *ret_len = len;
    return true;
}

static const rf_value *step_into(const rf_value *value, rf_slice name) {
    int64_t index;
    if (value->kind == RF_MAP)
        return rf_value_member(value, name);
    if (value->kind == RF_LIST && rf_number_parse_i64(name, &index) && index >= 0 && index < (int64_t)value->size)
        return &value->items[index];
    return NULL;
}

/* `path` begins with `/`, or is empty. */
static const rf_value *follow(const rf_value *value, rf_slice path) {
    char name[256];
    size_t len;
    while (value && path.len > 0) {
        path = (rf_slice){ path.data + 1, path.len - 1 };
        const size_t end = rf_slice_find(path, '/');
        value = read_step((rf_slice){ path.data, end }, name, &len) ? step_into(value, (rf_slice){ name, len }) : NULL;
        path = (rf_slice){ path.data + end, path.len - end };
    }
    return value;
}

/* The part whose `$id` it is. */
static const rf_value *find_id(const rf_value *value, rf_slice id) {
    const rf_value *own = value->kind == RF_MAP ? rf_value_member(value, RF_SLICE("$id")) : NULL, *found = NULL;
    if (own && own->kind == RF_STRING && rf_slice_eq(rf_value_text(own), id))
        return value;
    for (uint32_t i = 0; !found && (value->kind == RF_MAP || value->kind == RF_LIST) && i < value->size; i++)
        found = find_id(value->kind == RF_MAP ? &value->members[i].value : &value->items[i], id);
    return found;
}

/* What is before the `#` may be the name that the document gives itself. */
rf_slice rf_schema_strip_own_name(const rf_value *document, rf_slice ref) {
    const rf_value *id = document->kind == RF_MAP ? rf_value_member(document, RF_SLICE("$id")) : NULL;
    if (document->kind == RF_MAP && !id)
        id = rf_value_member(document, RF_SLICE("id"));
    rf_slice name = id && id->kind == RF_STRING ? rf_value_text(id) : RF_SLICE("");
    if (name.len && name.data[name.len - 1] == '#')
        name.len--;
    if (name.len && rf_slice_eq(ref, name))
        return RF_SLICE("#");
    return name.len && ref.len > name.len && ref.data[name.len] == '#' && rf_slice_starts(ref, name)
               ? (rf_slice){ ref.data + name.len, ref.len - name.len }
               : ref;
}

const rf_value *rf_schema_follow(const rf_value *document, rf_slice ref) {
    const rf_slice path = { ref.data + 1, ref.len - 1 };
    return path.len == 0 || path.data[0] == '/' ? follow(document, path) : find_id(document, ref);
}
