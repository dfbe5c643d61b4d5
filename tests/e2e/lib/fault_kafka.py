"""A Kafka of one's own within the test: librdkafka's mock, with a topic as it has to be."""
import ctypes

PRODUCER = 0


def library():
    """librdkafka, and the types of what is called in it."""
    lib = ctypes.CDLL("librdkafka.so.1")
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    for name, result, *arguments in (("conf_new", pointer), ("conf_set", number, pointer, text, text, text, ctypes.c_size_t),
                                     ("new", pointer, number, pointer, text, ctypes.c_size_t), ("destroy", None, pointer),
                                     ("mock_cluster_new", pointer, pointer, number), ("mock_cluster_destroy", None, pointer),
                                     ("mock_cluster_bootstraps", text, pointer), ("mock_topic_create", number, pointer, text, number, number)):
        function = getattr(lib, "rd_kafka_" + name)
        function.restype, function.argtypes = result, arguments
    return lib


class MockKafka:
    def __init__(self, topic, partitions):
        self.lib = library()
        conf, why = self.lib.rd_kafka_conf_new(), ctypes.create_string_buffer(200)
        self.lib.rd_kafka_conf_set(conf, b"log_level", b"3", why, len(why))
        self.handle = self.lib.rd_kafka_new(PRODUCER, conf, why, len(why))
        self.cluster = self.lib.rd_kafka_mock_cluster_new(self.handle, 1)
        assert self.cluster and self.lib.rd_kafka_mock_topic_create(self.cluster, topic.encode(), partitions, 1) == 0
        self.address = self.lib.rd_kafka_mock_cluster_bootstraps(self.cluster).decode()

    def end(self):
        self.lib.rd_kafka_mock_cluster_destroy(self.cluster)
        self.lib.rd_kafka_destroy(self.handle)
