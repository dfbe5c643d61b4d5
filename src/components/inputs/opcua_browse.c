/* opcua_browse.c: from the listed nodes down all hierarchical references, level by level, to every variable. */
#include "components/inputs/opcua.h"

#include "base/slice.h"
#include "base/table.h"

#include <assert.h>

#define PER_BROWSE 250u /* nodes in one call, unless the server takes fewer */
#define PER_READ 1000u
#define PER_MONITOR 500u
#define NODES_MAX 1000000u

/* A node whose references are still to be followed. */
typedef struct branch {
    UA_NodeId id;
    rf_slice path;
} branch;

typedef struct walk {
    rf_opcua *self;
    rf_table seen;            /* node ids as text, in the session's arena */
    RF_VEC(branch) now, next; /* this level, and the one below */
} walk;

static void walk_done(walk *w) {
    rf_table_done(&w->seen);
    rf_vec_done(&w->now);
    rf_vec_done(&w->next);
}

/* ---- limits ---- */

static uint32_t bound(const UA_DataValue *value, uint32_t ours) {
    if (!value->hasValue || !UA_Variant_hasScalarType(&value->value, &UA_TYPES[UA_TYPES_UINT32]))
        return ours;
    uint32_t limit = *(const UA_UInt32 *)value->value.data;
    return limit && limit < ours ? limit : ours;
}

rf_code rf_opcua_read_limits(rf_opcua *self, rf_error *reterr) {
    static const uint32_t limits[] = { UA_NS0ID_SERVER_SERVERCAPABILITIES_OPERATIONLIMITS_MAXNODESPERREAD,
                                       UA_NS0ID_SERVER_SERVERCAPABILITIES_OPERATIONLIMITS_MAXNODESPERBROWSE,
                                       UA_NS0ID_SERVER_SERVERCAPABILITIES_OPERATIONLIMITS_MAXMONITOREDITEMSPERCALL };
    UA_ReadValueId ids[3];
    UA_DataValue values[3];
    assert(self);
    self->limits = (rf_opcua_limits){ 3, 1, 1 }; /* what every server takes, until we know better */
    for (size_t i = 0; i < 3; i++) {
        UA_ReadValueId_init(&ids[i]);
        UA_DataValue_init(&values[i]);
        ids[i].nodeId = UA_NODEID_NUMERIC(0, limits[i]);
        ids[i].attributeId = UA_ATTRIBUTEID_VALUE;
    }
    rf_code code = rf_opcua_read_values(self, ids, 3, 0, values, reterr);
    if (!code)
        self->limits = (rf_opcua_limits){ bound(&values[0], PER_READ), bound(&values[1], PER_BROWSE), bound(&values[2], PER_MONITOR) };
    for (size_t i = 0; i < 3; i++)
        UA_DataValue_clear(&values[i]);
    return code;
}

/* ---- what is found ---- */

/* True when the node was not seen before; then *ret_text is its id. RF_EBUSY: seen. */
static rf_code first_sight(walk *w, const UA_NodeId *id, rf_slice *ret_text, rf_error *reterr) {
    rf_slice text = rf_opcua_node_id_in(&w->self->session, id);
    if (!text.data)
        return rf_raise_nomem(reterr);
    if (rf_table_get(&w->seen, text))
        return RF_EBUSY;
    if (!rf_table_put(&w->seen, text, w))
        return rf_raise_nomem(reterr);
    *ret_text = text;
    return RF_OK;
}

static rf_code add_variable(walk *w, const UA_NodeId *id, rf_slice id_text, rf_slice browse_name, rf_slice path, rf_error *reterr) {
    rf_opcua *self = w->self;
    rf_opcua_node *node = rf_arena_zero(&self->session, 1, sizeof *node);
    if (!node || !rf_opcua_node_id_dup_in(&self->session, id, &node->id))
        return rf_raise_nomem(reterr);
    node->id_text = id_text;
    node->browse_name = rf_slice_dup_in(&self->session, browse_name);
    node->path = path;
    if (!node->browse_name.data || !rf_vec_push(&self->nodes, node))
        return rf_raise_nomem(reterr);
    return RF_OK;
}

static rf_code add_branch(walk *w, const UA_NodeId *id, rf_slice path, rf_error *reterr) {
    branch b = { .path = path };
    if (!rf_opcua_node_id_dup_in(&w->self->session, id, &b.id) || !rf_vec_push(&w->next, b))
        return rf_raise_nomem(reterr);
    return RF_OK;
}

static rf_slice join(rf_arena *arena, rf_slice parent, rf_slice browse_name) {
    rf_slice name = rf_opcua_sanitise_in(arena, browse_name);
    return parent.len && name.data ? rf_printf_in(arena, "%.*s.%.*s", RF_SLICE_ARG(parent), RF_SLICE_ARG(name)) : name;
}

/* A node that was reached: variables are kept, and whatever has children is followed further. */
static rf_code reach(walk *w, const UA_NodeId *id, UA_NodeClass class, rf_slice browse_name, rf_slice parent, rf_error *reterr) {
    rf_slice text;
    rf_code code = first_sight(w, id, &text, reterr);
    if (code)
        return code == RF_EBUSY ? RF_OK : code;
    if (w->seen.count > NODES_MAX)
        return rf_raise(reterr, RF_ELIMIT, "more than %u nodes below the listed ones: list fewer", NODES_MAX);
    rf_slice path = join(&w->self->session, parent, browse_name);
    if (!path.data)
        return rf_raise_nomem(reterr);
    if (class == UA_NODECLASS_VARIABLE)
        code = add_variable(w, id, text, browse_name, path, reterr);
    return code ? code : add_branch(w, id, path, reterr);
}

static rf_code reach_all(walk *w, const branch *from, const UA_BrowseResult *result, rf_error *reterr) {
    for (size_t i = 0; i < result->referencesSize; i++) {
        const UA_ReferenceDescription *reference = &result->references[i];
        if (reference->nodeId.serverIndex) /* on another server */
            continue;
        rf_code code = reach(w, &reference->nodeId.nodeId, reference->nodeClass, rf_opcua_slice(reference->browseName.name),
                             from->path, reterr);
        if (code)
            return code;
    }
    return RF_OK;
}

/* ---- services ---- */

/* A node with more references than one answer holds: the rest, answer by answer. */
static rf_code follow_point(walk *w, const branch *from, UA_ByteString *point, rf_error *reterr) {
    rf_code code = RF_OK;
    while (!code && point->length) {
        UA_BrowseNextRequest request;
        UA_BrowseNextRequest_init(&request);
        request.continuationPoints = point;
        request.continuationPointsSize = 1;
        UA_BrowseNextResponse response;
        code = rf_opcua_call(w->self, "browsing", &request, &UA_TYPES[UA_TYPES_BROWSENEXTREQUEST], &response,
                             &UA_TYPES[UA_TYPES_BROWSENEXTRESPONSE], reterr);
        UA_ByteString_clear(point);
        if (!code && response.resultsSize == 1) {
            code = reach_all(w, from, &response.results[0], reterr);
            *point = response.results[0].continuationPoint;
            response.results[0].continuationPoint = UA_BYTESTRING_NULL;
        }
        UA_BrowseNextResponse_clear(&response);
    }
    UA_ByteString_clear(point);
    return code;
}

static void describe(UA_BrowseDescription *item, const branch *from) {
    UA_BrowseDescription_init(item);
    item->nodeId = from->id;
    item->browseDirection = UA_BROWSEDIRECTION_FORWARD;
    item->referenceTypeId = UA_NODEID_NUMERIC(0, UA_NS0ID_HIERARCHICALREFERENCES);
    item->includeSubtypes = true;
    item->nodeClassMask = UA_NODECLASS_OBJECT | UA_NODECLASS_VARIABLE | UA_NODECLASS_VIEW;
    item->resultMask = UA_BROWSERESULTMASK_NODECLASS | UA_BROWSERESULTMASK_BROWSENAME;
}

static rf_code take_results(walk *w, const branch *from, size_t count, UA_BrowseResponse *response, rf_error *reterr) {
    rf_code code = RF_OK;
    for (size_t i = 0; i < count && i < response->resultsSize && !code; i++) {
        UA_BrowseResult *result = &response->results[i];
        if (result->statusCode != UA_STATUSCODE_GOOD) { /* a variable may still be read */
            rf_opcua_log(w->self, RF_LOG_DEBUG, "browsing below `%.*s`: %s", RF_SLICE_ARG(from[i].path),
                         UA_StatusCode_name(result->statusCode));
            continue;
        }
        code = reach_all(w, &from[i], result, reterr);
        if (!code)
            code = follow_point(w, &from[i], &result->continuationPoint, reterr);
    }
    return code;
}

static rf_code browse_some(walk *w, const branch *from, size_t count, rf_error *reterr) {
    UA_BrowseDescription *items = rf_alloc_zero(count, sizeof *items);
    if (!items)
        return rf_raise_nomem(reterr);
    for (size_t i = 0; i < count; i++)
        describe(&items[i], &from[i]);
    UA_BrowseRequest request;
    UA_BrowseRequest_init(&request);
    request.nodesToBrowse = items;
    request.nodesToBrowseSize = count;
    UA_BrowseResponse response;
    rf_code code = rf_opcua_call(w->self, "browsing", &request, &UA_TYPES[UA_TYPES_BROWSEREQUEST], &response,
                                 &UA_TYPES[UA_TYPES_BROWSERESPONSE], reterr);
    if (!code)
        code = take_results(w, from, count, &response, reterr);
    UA_BrowseResponse_clear(&response);
    rf_free(items);
    return code;
}

static rf_code browse_level(walk *w, rf_error *reterr) {
    for (size_t at = 0; at < w->now.count;) {
        size_t count = w->now.count - at;
        if (count > w->self->limits.per_browse)
            count = w->self->limits.per_browse;
        rf_code code = browse_some(w, w->now.items + at, count, reterr);
        if (code)
            return code;
        at += count;
    }
    return RF_OK;
}

/* ---- the listed nodes ---- */

/* Says what is wrong with a listed node; the others go on. */
static void miss(walk *w, size_t index, UA_StatusCode status) {
    rf_opcua_node unknown = { .id_text = w->self->node_ids.items[index] };
    rf_opcua_complain(w->self, &unknown, status, "browsing");
}

static rf_code reach_listed(walk *w, size_t index, const UA_DataValue *class, const UA_DataValue *name, rf_error *reterr) {
    if (UA_NodeId_isNull(&w->self->listed[index])) { /* the config's finding, said again for whoever reads only the log */
        miss(w, index, UA_STATUSCODE_BADNODEIDINVALID);
        return RF_OK;
    }
    bool usable = class->hasValue && UA_Variant_hasScalarType(&name->value, &UA_TYPES[UA_TYPES_QUALIFIEDNAME]) &&
                  UA_Variant_isScalar(&class->value) && class->value.type->memSize == sizeof(UA_Int32);
    if (!usable) {
        miss(w, index, class->hasStatus && class->status ? class->status : UA_STATUSCODE_BADNODEIDUNKNOWN);
        return RF_OK;
    }
    UA_NodeClass kind = (UA_NodeClass) * (const UA_Int32 *)class->value.data;
    const UA_QualifiedName *browse_name = name->value.data;
    return reach(w, &w->self->listed[index], kind, rf_opcua_slice(browse_name->name), (rf_slice){ 0 }, reterr);
}

static rf_code reach_roots(walk *w, rf_error *reterr) {
    rf_opcua *self = w->self;
    size_t count = self->node_ids.count;
    UA_ReadValueId *ids = rf_alloc_zero(count, 2 * sizeof *ids);
    UA_DataValue *values = rf_alloc_zero(count, 2 * sizeof *values);
    rf_code code = ids && values ? RF_OK : rf_raise_nomem(reterr);
    for (size_t i = 0; i < 2 * count && !code; i++) {
        ids[i].nodeId = self->listed[i / 2];
        ids[i].attributeId = i % 2 ? UA_ATTRIBUTEID_BROWSENAME : UA_ATTRIBUTEID_NODECLASS;
    }
    if (!code)
        code = rf_opcua_read_values(self, ids, 2 * count, 0, values, reterr);
    for (size_t i = 0; i < count && !code; i++)
        code = reach_listed(w, i, &values[2 * i], &values[2 * i + 1], reterr);
    for (size_t i = 0; values && i < 2 * count; i++)
        UA_DataValue_clear(&values[i]);
    rf_free(values);
    rf_free(ids);
    return code;
}

/* The server's clock joins the nodes, unless the user listed it: then its node plays both parts. */
static rf_code add_pulse(walk *w, rf_error *reterr) {
    UA_NodeId clock = UA_NODEID_NUMERIC(0, UA_NS0ID_SERVER_SERVERSTATUS_CURRENTTIME);
    for (size_t i = 0; i < w->self->nodes.count; i++) {
        if (UA_NodeId_equal(&w->self->nodes.items[i]->id, &clock)) {
            w->self->nodes.items[i]->role = RF_OPCUA_TAG_PULSE;
            return RF_OK;
        }
    }
    rf_slice name = RF_SLICE("CurrentTime");
    rf_code code = add_variable(w, &clock, RF_SLICE("i=2258"), name, name, reterr);
    if (!code)
        w->self->nodes.items[w->self->nodes.count - 1]->role = RF_OPCUA_PULSE;
    return code;
}

/* Two nodes with one path: both get their node id in the last name's place. */
static rf_code tell_apart(rf_opcua *self, rf_error *reterr) {
    RF_CLEANUP(rf_table_done) rf_table paths = { 0 };
    RF_VEC(rf_opcua_node *) twins = { 0 };
    rf_code code = RF_OK;
    for (size_t i = 0; i < self->nodes.count && !code; i++) {
        rf_opcua_node *node = self->nodes.items[i], *other = rf_table_get(&paths, node->path);
        bool kept = other ? rf_vec_push(&twins, other) && rf_vec_push(&twins, node) : rf_table_put(&paths, node->path, node);
        if (!kept)
            code = rf_raise_nomem(reterr);
    }
    for (size_t i = 0; i < twins.count && !code; i++) {
        rf_opcua_node *node = twins.items[i];
        size_t parent = node->path.len;
        while (parent > 0 && node->path.data[parent - 1] != '.')
            parent--;
        rf_slice above = { node->path.data, parent ? parent - 1 : 0 };
        rf_slice path = join(&self->session, above, node->id_text);
        if (!path.data)
            code = rf_raise_nomem(reterr);
        else
            node->path = path; /* of three twins one comes twice, with the same result */
    }
    rf_vec_done(&twins);
    return code;
}

rf_code rf_opcua_browse(rf_opcua *self, rf_error *reterr) {
    assert(self && self->client && self->nodes.count == 0);
    RF_CLEANUP(walk_done) walk w = { .self = self };
    rf_code code = reach_roots(&w, reterr);
    while (!code && w.next.count) {
        __typeof__(w.now) level = w.now;
        w.now = w.next;
        w.next = (__typeof__(w.next)){ level.items, 0, level.cap };
        code = browse_level(&w, reterr);
    }
    if (!code && self->heartbeat && self->nodes.count)
        code = add_pulse(&w, reterr);
    return code ? code : tell_apart(self, reterr);
}
