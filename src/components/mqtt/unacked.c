/* unacked.c: acknowledgements of what came in: held until delivered, written in the order of arrival. */
#include "components/mqtt/unacked.h"

#include <assert.h>

static bool has(const uint64_t *set, uint16_t id) { return set[id >> 6] >> (id & 63) & 1; }
static void put(uint64_t *set, uint16_t id) { set[id >> 6] |= UINT64_C(1) << (id & 63); }
static void drop(uint64_t *set, uint16_t id) { set[id >> 6] &= ~(UINT64_C(1) << (id & 63)); }

void rf_mqtt_unacked_done(rf_mqtt_unacked *unacked) {
    rf_vec_done(&unacked->entries);
}

/* What an entry that is done means to the broker. */
static void acknowledge(rf_mqtt_unacked *self, const rf_mqtt_entry *entry, rf_buffer *out) {
    if (entry->id == 0 || entry->session != self->session)
        return;
    drop(self->held, entry->id); /* of what was given up: the broker sends it again, and it is welcome then */
    if (!entry->delivered)
        return;
    if (entry->qos == 2)
        put(self->released, entry->id);
    rf_mqtt_write_ack(out, entry->qos == 2 ? RF_MQTT_PUBREC : RF_MQTT_PUBACK, entry->id);
}

/* Entries at the head that are done leave. */
static void advance(rf_mqtt_unacked *self, rf_buffer *out) {
    while (self->head < self->entries.count && self->entries.items[self->head].done) {
        acknowledge(self, &self->entries.items[self->head], out);
        self->head++;
        self->base++;
    }
    if (self->head == self->entries.count)
        self->head = self->entries.count = 0;
}

void rf_mqtt_unacked_reconnect(rf_mqtt_unacked *unacked, bool session_present, rf_buffer *out) {
    assert(unacked && out);
    if (!session_present) {
        unacked->session++;
        memset(unacked->held, 0, sizeof unacked->held);
        memset(unacked->released, 0, sizeof unacked->released);
    }
    advance(unacked, out);
}

rf_mqtt_arrival rf_mqtt_unacked_arrive(rf_mqtt_unacked *unacked, const rf_mqtt_publish *publish, rf_buffer *out) {
    assert(publish->qos && publish->id);
    if (publish->qos == 2 && has(unacked->released, publish->id)) {
        rf_mqtt_write_ack(out, RF_MQTT_PUBREC, publish->id); /* ours was lost */
        return RF_MQTT_KNOWN;
    }
    if (has(unacked->held, publish->id))
        return publish->duplicate ? RF_MQTT_KNOWN : RF_MQTT_IN_USE;
    put(unacked->held, publish->id);
    return RF_MQTT_NEW;
}

/* Room at the end: what has left at the front gives way before more memory is asked for. */
static bool make_room(rf_mqtt_unacked *self) {
    if (self->entries.count == self->entries.cap && self->head > self->entries.count / 2) {
        self->entries.count -= self->head;
        memmove(self->entries.items, self->entries.items + self->head, self->entries.count * sizeof *self->entries.items);
        self->head = 0;
    }
    return rf_vec_room(&self->entries);
}

bool rf_mqtt_unacked_add(rf_mqtt_unacked *unacked, uint16_t id, uint8_t qos, uint32_t session, uint32_t *ret_number) {
    assert(unacked && ret_number && (qos == 0) == (id == 0));
    if (!make_room(unacked))
        return false;
    *ret_number = unacked->base + (uint32_t)(unacked->entries.count - unacked->head);
    unacked->entries.items[unacked->entries.count++] = (rf_mqtt_entry){ .id = id, .qos = qos, .session = session };
    return true;
}

void rf_mqtt_unacked_finish(rf_mqtt_unacked *unacked, uint32_t first, uint32_t count, bool delivered, rf_buffer *out) {
    size_t at = unacked->head + (uint32_t)(first - unacked->base); /* numbers wrap */
    assert(at + count <= unacked->entries.count);
    for (size_t i = at; i < at + count; i++) {
        unacked->entries.items[i].done = true;
        unacked->entries.items[i].delivered = delivered;
    }
    if (out)
        advance(unacked, out);
}

void rf_mqtt_unacked_release(rf_mqtt_unacked *unacked, uint16_t id, rf_buffer *out) {
    drop(unacked->released, id);
    rf_mqtt_write_ack(out, RF_MQTT_PUBCOMP, id);
}
