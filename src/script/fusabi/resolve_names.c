/* resolve_names.c: the names in scope, and library names looked up before. */
#include "base/alloc.h"
#include "base/slice.h"
#include "script/fusabi/resolve_internal.h"

#include <assert.h>

enum { FIRST_BUCKETS = 256 };

/* Eight bytes of each end, or fewer: names differ there, and reading whole words is what makes this quick. */
uint32_t rf_fus_name_hash(rf_slice name) {
    uint64_t head = 0, tail = 0;
    if (name.len >= 8) {
        memcpy(&head, name.data, 8);
        memcpy(&tail, name.data + name.len - 8, 8);
    } else if (name.len >= 4) {
        uint32_t a, b;
        memcpy(&a, name.data, 4);
        memcpy(&b, name.data + name.len - 4, 4);
        head = a | (uint64_t)b << 32;
    } else if (name.len) {
        head = (uint8_t)name.data[0] | (uint64_t)(uint8_t)name.data[name.len / 2] << 8 | (uint64_t)(uint8_t)name.data[name.len - 1] << 16;
    }
    uint64_t mixed = (head ^ name.len) * UINT64_C(0x9E3779B97F4A7C15) ^ tail * UINT64_C(0xC2B2AE3D27D4EB4F);
    return (uint32_t)(mixed >> 32) ^ (uint32_t)(mixed >> 15);
}

/* rf_slice_eq for names, which are short: a call of memcmp costs more than the comparison. */
static bool same(rf_slice a, rf_slice b) {
    if (a.len != b.len)
        return false;
    if (a.len > 16)
        return memcmp(a.data, b.data, a.len) == 0;
    uint64_t x[2] = { 0, 0 }, y[2] = { 0, 0 };
    if (a.len >= 8) {
        memcpy(&x[0], a.data, 8);
        memcpy(&y[0], b.data, 8);
        memcpy(&x[1], a.data + a.len - 8, 8);
        memcpy(&y[1], b.data + b.len - 8, 8);
        return x[0] == y[0] && x[1] == y[1];
    }
    for (size_t i = 0; i < a.len; i++)
        if (a.data[i] != b.data[i])
            return false;
    return true;
}

bool rf_fus_names_init(rf_fus_resolver *r) {
    r->mask = FIRST_BUCKETS - 1;
    r->buckets = rf_alloc_zero(FIRST_BUCKETS, sizeof *r->buckets);
    return r->buckets != NULL;
}

void rf_fus_names_done(rf_fus_resolver *r) {
    for (rf_fus_user_module *module = r->modules; module; module = module->older)
        rf_vec_done(&module->members);
    rf_free(r->buckets);
    rf_vec_done(&r->names);
    rf_vec_done(&r->globals);
    rf_vec_done(&r->global_names);
    rf_vec_done(&r->opened);
    rf_vec_done(&r->pending);
    rf_vec_done(&r->spine);
    rf_vec_done(&r->pats);
}

const rf_fus_scope_name *rf_fus_name_find(const rf_fus_resolver *r, rf_slice name, rf_fus_name_kind kind) {
    uint32_t hash = rf_fus_name_hash(name);
    for (uint32_t at = r->buckets[hash & r->mask]; at; at = r->names.items[at - 1].below) {
        const rf_fus_scope_name *have = &r->names.items[at - 1];
        if (have->hash == hash && have->kind == kind && same(have->name, name))
            return have;
    }
    return NULL;
}

/* Twice the buckets; the chains are made anew from the oldest name on. */
static void grow(rf_fus_resolver *r) {
    uint32_t count = (r->mask + 1) * 2;
    uint32_t *buckets = rf_alloc_zero(count, sizeof *buckets);
    if (!buckets)
        return; /* longer chains will do */
    rf_free(r->buckets);
    r->buckets = buckets;
    r->mask = count - 1;
    for (uint32_t i = 0; i < r->names.count; i++) {
        rf_fus_scope_name *name = &r->names.items[i];
        name->below = buckets[name->hash & r->mask];
        buckets[name->hash & r->mask] = i + 1;
    }
}

void rf_fus_name_push(rf_fus_resolver *r, rf_fus_scope_name name) {
    if (r->names.count > r->mask)
        grow(r);
    name.hash = rf_fus_name_hash(name.name);
    name.below = r->buckets[name.hash & r->mask];
    if (!rf_vec_push(&r->names, name)) {
        r->no_memory = true;
        return;
    }
    r->buckets[name.hash & r->mask] = (uint32_t)r->names.count;
}

static void report_unused(rf_fus_resolver *r, const rf_fus_binding *binding) {
    rf_fus_at end = binding->at + (rf_fus_at)binding->name.len;
    rf_fus_diag *diag = rf_fus_report(r->diags, RF_FUS_WARNING, RF_FUS_PHASE_COMPILE, binding->at, end, "`%.*s` is never used",
                                      RF_SLICE_ARG(binding->name));
    rf_fus_diag_hint(r->diags, diag, "a name that begins with _ may stay unused");
}

void rf_fus_names_pop(rf_fus_resolver *r, uint32_t mark) {
    while (r->names.count > mark) {
        const rf_fus_scope_name *name = &r->names.items[--r->names.count];
        r->buckets[name->hash & r->mask] = name->below;
        if (name->kind != RF_FUS_NAME_VALUE)
            continue;
        if (name->is_let)
            name->binding->owner->local_count--;
        if (name->is_reported && name->binding->uses == 0 && name->name.len && name->name.data[0] != '_')
            report_unused(r, name->binding);
    }
}

const rf_fus_scope_name *rf_fus_member_find(const rf_fus_user_module *module, rf_slice name, rf_fus_name_kind kind) {
    uint32_t hash = rf_fus_name_hash(name);
    for (size_t i = module->members.count; i-- > 0;) {
        const rf_fus_scope_name *have = &module->members.items[i];
        if (have->hash == hash && have->kind == kind && same(have->name, name))
            return have;
    }
    return NULL;
}

/* "List" and "map" as one name, for the table. */
static const rf_fus_lib_row *find_in(rf_fus_resolver *r, rf_slice module, rf_slice name) {
    char text[128];
    if (module.len + 1 + name.len > sizeof text)
        return NULL;
    memcpy(text, module.data, module.len);
    text[module.len] = '.';
    memcpy(text + module.len + 1, name.data, name.len);
    return rf_fus_engine_find(r->engine, (rf_slice){ text, module.len + 1 + name.len });
}

static const rf_fus_lib_row *find_unqualified(rf_fus_resolver *r, rf_slice name) {
    for (size_t i = r->opened.count; i-- > 0;) {
        const rf_fus_lib_row *row = find_in(r, r->opened.items[i], name);
        if (row)
            return row;
    }
    return rf_fus_engine_find(r->engine, name);
}

const rf_fus_lib_row *rf_fus_library_row(rf_fus_resolver *r, rf_slice name, bool is_qualified) {
    uint32_t hash = rf_fus_name_hash(name), opens = is_qualified ? 0 : (uint32_t)r->opened.count;
    rf_fus_cached_row *slot = &r->cache[hash & (RF_FUS_RESOLVE_CACHE - 1)];
    if (slot->is_used && slot->hash == hash && slot->opens == opens && same(slot->name, name))
        return slot->row;
    const rf_fus_lib_row *row = is_qualified ? rf_fus_engine_find(r->engine, name) : find_unqualified(r, name);
    if (row && !r->is_library && rf_fus_lib_is_internal(row))
        row = NULL;
    *slot = (rf_fus_cached_row){ name, hash, opens, row, true };
    return row;
}
