/* opcua.h: the parts of the OPC UA input, as they see each other. */
#ifndef RF_INPUT_OPCUA_H
#define RF_INPUT_OPCUA_H

#include "base/vec.h"
#include "stream/component.h"

#include <open62541/client.h>
#include <stdatomic.h>

/* Every metadata key the input sets. */
typedef enum rf_opcua_key {
    RF_OPCUA_NODE_ID, RF_OPCUA_NODE_CLASS, RF_OPCUA_BROWSE_NAME, RF_OPCUA_DESCRIPTION, RF_OPCUA_ACCESS_LEVEL,
    RF_OPCUA_DATA_TYPE, RF_OPCUA_TAG_GROUP, RF_OPCUA_TAG_NAME, RF_OPCUA_TAG_PATH, RF_OPCUA_HEARTBEAT_MESSAGE,
    RF_OPCUA_STATIC_KEYS, /* those above do not change for a node; those below belong to a value */
    RF_OPCUA_TAG_TYPE = RF_OPCUA_STATIC_KEYS, RF_OPCUA_STATUS_CODE, RF_OPCUA_SOURCE_TIMESTAMP, RF_OPCUA_SERVER_TIMESTAMP,
    RF_OPCUA_KEYS,
} rf_opcua_key;

/* Why a node cannot be watched: the `reason` of opcua_subscription_failures_total. */
typedef enum rf_opcua_reason {
    RF_OPCUA_FILTER_NOT_ALLOWED, RF_OPCUA_FILTER_UNSUPPORTED, RF_OPCUA_NODE_UNKNOWN, RF_OPCUA_NODE_INVALID,
    RF_OPCUA_OTHER, RF_OPCUA_REASONS,
} rf_opcua_reason;

/* What the server's clock means for a node (stream.md 8.4). */
typedef enum rf_opcua_role {
    RF_OPCUA_TAG,       /* a node like any other */
    RF_OPCUA_PULSE,     /* i=2258, added by useHeartbeat */
    RF_OPCUA_TAG_PULSE, /* i=2258, which the user listed as well: its messages go out twice */
} rf_opcua_role;

/* One field of a structure that the server describes. */
typedef struct rf_opcua_member {
    rf_slice name;
    UA_NodeId data_type;
    const struct rf_opcua_type *nested; /* a structure or enumeration of the server's own; NULL: a type of the standard */
    int kind;                           /* UA_DATATYPEKIND_*; -1: not known */
    bool is_array, is_optional;
} rf_opcua_member;

/* A structure or an enumeration that the server describes (attribute DataTypeDefinition). */
typedef struct rf_opcua_type {
    UA_NodeId id, encoding_id;
    rf_opcua_member *members;
    size_t member_count;
    bool is_enum, is_union, has_optional;
    bool known; /* false: the server would not say; values stay undecoded */
} rf_opcua_type;

typedef RF_VEC(rf_opcua_type *) rf_opcua_types;

/* A variable that is read or watched. Everything it points at lives in the session's arena. */
typedef struct rf_opcua_node {
    UA_NodeId id;
    rf_slice id_text;     /* "ns=2;s=Plant.Speed" */
    rf_slice browse_name; /* as the server has it */
    rf_slice path;        /* sanitised browse names from the listed node down, joined by '.' */
    rf_slice description;
    UA_NodeId data_type;
    uint8_t access_level;
    uint8_t role;         /* rf_opcua_role */
    bool usable;          /* it has a data type and a value rank */
    bool complained;      /* its trouble has been logged in this session */
    /* Prepared once: the metadata that stay the same, their texts in one piece. */
    rf_meta_entry *entries;
    uint32_t entry_count;
    const char *texts;
    size_t text_bytes;
} rf_opcua_node;

/* A value that came and has not been handed on yet. */
typedef struct rf_opcua_change {
    rf_opcua_node *node;
    UA_DataValue value; /* owned */
} rf_opcua_change;

/* What the server can take in one call; 0 of the server's is our own bound. */
typedef struct rf_opcua_limits { uint32_t per_read, per_browse, per_monitor; } rf_opcua_limits;

typedef struct rf_opcua {
    /* From the config (opcua.c: opcua_fields). */
    rf_slice endpoint;
    rf_strings node_ids;
    rf_slice username, password;
    int64_t session_timeout_ms;
    rf_slice security_mode, security_policy;
    rf_slice client_certificate, server_fingerprint;
    rf_slice user_certificate, user_private_key;
    bool insecure, direct_connect, auto_reconnect;
    int64_t reconnect_interval_s;
    rf_slice profile;
    bool subscribe, heartbeat;
    int64_t poll_rate_ms, queue_size;
    double sampling_interval_ms;

    /* From open to close. */
    const rf_env *env;
    rf_arena lasting;
    UA_NodeId *listed; /* one for each of node_ids */
    const rf_key *keys[RF_OPCUA_KEYS];
    rf_metric failures[RF_OPCUA_REASONS];
    rf_meter *meter;
    UA_Logger logger;
    UA_ByteString certificate, private_key; /* ours, DER; made or read at the first connect that needs them */
    rf_slice application_uri;
    bool fingerprint_told;
    rf_log_limit bad_values;
    atomic_bool woken;

    /* One session. */
    UA_Client *client;
    bool activated, lost;
    rf_arena session;
    rf_opcua_limits limits;
    RF_VEC(rf_opcua_node *) nodes;
    rf_opcua_types types;
    RF_VEC(rf_opcua_change) pending; /* from `pending_at` on */
    size_t pending_at;
    bool pending_failed;             /* no memory for a change that came */
    uint32_t subscription_id;
    uint64_t next_poll_ns;
    uint64_t last_message_ns, last_pulse_ns, pulse_warned_ns, last_turn_ns;
    rf_buffer scratch;
} rf_opcua;

extern const rf_input_kind rf_opcua_kind;

/* ---- opcua_check.c: what is wrong with a config beyond the types of its fields ---- */
rf_code rf_opcua_check(rf_opcua *self, const rf_conf *conf, rf_error *reterr);

/* ---- opcua_call.c: services without blocking for good, and open62541's log ---- */
/* Lets the client work for `wait_ns` at most; returns sooner when something happened. RF_EAGAIN: woken; RF_ELOST. */
RF_NODISCARD rf_code rf_opcua_turn(rf_opcua *self, uint64_t wait_ns, rf_error *reterr);
/* Calls a service and waits for its answer, which the caller clears (UA_clear), on errors too. RF_EAGAIN: woken. */
RF_NODISCARD rf_code rf_opcua_call(rf_opcua *self, const char *doing, const void *request, const UA_DataType *request_type,
                                   void *response, const UA_DataType *response_type, rf_error *reterr);
/* Raises what a status code means while `doing` something. */
rf_code rf_opcua_raise(rf_opcua *self, UA_StatusCode status, const char *doing, rf_error *reterr);
/* A request in flight whose answer is `response`; for the services that open62541 wraps. */
typedef struct rf_opcua_flight { void *response; const UA_DataType *type; bool landed; } rf_opcua_flight;
void rf_opcua_landed(UA_Client *client, void *flight, UA_UInt32 request_id, void *response);
RF_NODISCARD rf_code rf_opcua_await(rf_opcua *self, const char *doing, rf_opcua_flight *flight, UA_UInt32 request_id, rf_error *reterr);
UA_Logger rf_opcua_logger(rf_opcua *self);
void rf_opcua_log(rf_opcua *self, rf_log_level level, const char *format, ...) RF_PRINTF(3, 4);
/* Says and counts that a node cannot be watched; once a session. */
void rf_opcua_complain(rf_opcua *self, rf_opcua_node *node, UA_StatusCode status, const char *doing);

/* ---- opcua_security.c: certificates ---- */
/* Our certificate and key: those of the config, or made now. */
RF_NODISCARD rf_code rf_opcua_identity(rf_opcua *self, rf_error *reterr);
/* Compares a server's certificate with serverCertificateFingerprint; without one it is only logged. */
RF_NODISCARD rf_code rf_opcua_fingerprint(rf_opcua *self, UA_ByteString certificate, rf_error *reterr);
/* Checks that clientCertificate, userCertificate and userPrivateKey can be read. */
RF_NODISCARD rf_code rf_opcua_read_bundle(rf_slice base64, UA_ByteString *ret_certificate, UA_ByteString *ret_key, rf_error *reterr);
RF_NODISCARD rf_code rf_opcua_user_certificate(rf_opcua *self, UA_ByteString *ret_certificate, UA_ByteString *ret_key, rf_error *reterr);

/* ---- opcua_endpoint.c: which of the server's endpoints to use ---- */
RF_NODISCARD rf_code rf_opcua_choose(rf_opcua *self, const UA_EndpointDescription *offered, size_t count,
                                     const UA_EndpointDescription **ret_endpoint, const UA_UserTokenPolicy **ret_token, rf_error *reterr);
/* Whether a security policy hides anything: it is not None, and open62541 knows it. */
bool rf_opcua_policy_secures(UA_String policy_uri);

/* ---- opcua_connect.c: a client with an activated session ---- */
RF_NODISCARD rf_code rf_opcua_connect(rf_opcua *self, rf_error *reterr);
void rf_opcua_disconnect(rf_opcua *self);
/* Why nothing answers at the endpoint: unknown host, refused, no route. */
void rf_opcua_diagnose(rf_opcua *self, UA_StatusCode status, rf_error *reterr);

/* ---- opcua_browse.c: from the listed nodes to the variables below them ---- */
RF_NODISCARD rf_code rf_opcua_browse(rf_opcua *self, rf_error *reterr);
RF_NODISCARD rf_code rf_opcua_read_limits(rf_opcua *self, rf_error *reterr);
/* ---- opcua_attributes.c: what is known about each node ---- */
RF_NODISCARD rf_code rf_opcua_read_attributes(rf_opcua *self, rf_error *reterr);
/* Reads `count` attributes of nodes in as many calls as the server's limit asks; `results` are the caller's to clear. */
RF_NODISCARD rf_code rf_opcua_read_values(rf_opcua *self, const UA_ReadValueId *ids, size_t count, double max_age_ms,
                                          UA_DataValue *results, rf_error *reterr);

/* ---- opcua_types.c: structures of the server's own ---- */
RF_NODISCARD rf_code rf_opcua_read_types(rf_opcua *self, rf_error *reterr);
const rf_opcua_type *rf_opcua_find_type(const rf_opcua_types *types, const UA_NodeId *id);
const rf_opcua_type *rf_opcua_find_encoding(const rf_opcua_types *types, const UA_NodeId *encoding_id);

/* ---- opcua_struct.c: bytes of a structure to JSON by its description ---- */
/* False: the bytes do not fit the description; `out` then holds a part. */
bool rf_opcua_struct_write(rf_buffer *out, const rf_opcua_type *type, rf_slice body) RF_NODISCARD;

/* ---- opcua_value.c: values to payloads (stream.md 8.5) ---- */
typedef struct rf_opcua_payload { rf_value value; rf_slice tag_type; } rf_opcua_payload;
/* `scratch` is used and left dirty; texts are copied into `arena`. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_opcua_value(rf_arena *arena, rf_buffer *scratch, const rf_opcua_types *types, const UA_Variant *variant,
                                    rf_opcua_payload *ret_payload, rf_error *reterr);
/* ---- opcua_scalar.c: one value of a kind as JSON text, as it stands in a list ---- */
void rf_opcua_scalar_write(rf_buffer *out, const rf_opcua_types *types, const void *data, const UA_DataType *type, unsigned depth);
void rf_opcua_variant_write(rf_buffer *out, const rf_opcua_types *types, const UA_Variant *variant, unsigned depth);
#define RF_OPCUA_DEPTH_MAX 32 /* structures within variants within structures */

/* ---- opcua_text.c: ids, states and times as text ---- */
void rf_opcua_node_id_write(rf_buffer *out, const UA_NodeId *id);
rf_slice rf_opcua_node_id_in(rf_arena *arena, const UA_NodeId *id);
/* A copy whose text lives in the arena; false: out of memory. */
bool rf_opcua_node_id_dup_in(rf_arena *arena, const UA_NodeId *id, UA_NodeId *ret_copy) RF_NODISCARD;
bool rf_opcua_node_id_parse_in(rf_arena *arena, rf_slice text, UA_NodeId *ret_id) RF_NODISCARD;
/* "The operation succeeded. StatusGood (0x0)". */
rf_slice rf_opcua_status_in(rf_arena *arena, UA_StatusCode status);
/* "AccessLevelTypeCurrentRead"; combinations "AccessLevelType(3)". */
rf_slice rf_opcua_access_level_in(rf_arena *arena, uint8_t level);
/* "float64", or a node id such as "ns=0;i=8". */
rf_slice rf_opcua_data_type_in(rf_arena *arena, const UA_NodeId *id);
void rf_opcua_time_write(rf_buffer *out, UA_DateTime time);
/* "2006-01-02T15:04:05.000000Z"; data NULL: no memory. */
rf_slice rf_opcua_stamp_in(rf_arena *arena, UA_DateTime time, uint16_t picoseconds);
static inline rf_slice rf_opcua_slice(UA_String s) { return (rf_slice){ (const char *)s.data, s.data ? s.length : 0 }; }
static inline UA_String rf_opcua_string(rf_slice s) { return (UA_String){ s.len, (UA_Byte *)(uintptr_t)s.data }; }
/* What the standard says about a status code ("" when it is not one of its own); generated, opcua_status_text.c. */
const char *rf_opcua_status_text(uint32_t status);

/* ---- opcua_meta.c: metadata (stream.md 8.6) ---- */
/* A browse name as a part of a path: what is not A-Z a-z 0-9 _ - becomes _. */
rf_slice rf_opcua_sanitise_in(rf_arena *arena, rf_slice name);
/* Prepares a node's unchanging metadata. False: out of memory. */
bool rf_opcua_meta_prepare(rf_arena *arena, const rf_key *const *keys, rf_opcua_node *node) RF_NODISCARD;
/* Sets a message's metadata. False: out of memory. */
bool rf_opcua_meta_set(rf_arena *arena, const rf_key *const *keys, const rf_opcua_node *node, const UA_DataValue *value,
                       rf_slice tag_type, rf_meta *ret_meta) RF_NODISCARD;

/* ---- opcua_subscribe.c, opcua_poll.c, opcua_heartbeat.c ---- */
RF_NODISCARD rf_code rf_opcua_subscribe(rf_opcua *self, rf_error *reterr);
RF_NODISCARD rf_code rf_opcua_poll(rf_opcua *self, rf_error *reterr);
/* Queues a value; it is moved out of `value`. */
void rf_opcua_queue(rf_opcua *self, rf_opcua_node *node, UA_DataValue *value);
/* Is the connection alive by what has come so far? RF_ELOST when it has gone quiet. */
RF_NODISCARD rf_code rf_opcua_heartbeat(rf_opcua *self, uint64_t now_ns, rf_error *reterr);
/* Notes that a message came, and does what a server time needs (role). False: out of memory. */
bool rf_opcua_pulse(rf_opcua *self, const rf_opcua_node *node, rf_batch *batch, uint64_t now_ns) RF_NODISCARD;

#endif
