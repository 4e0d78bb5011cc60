/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/encrypted_object.h"

#include "base/encode.h"
#include "codec/protobuf.h"
#include "evc-alloc.h"
#include "evc-check.h"

#define VIEW(text) evc_view_of(text, sizeof(text) - 1)

static evc_buf made;
static evc_encrypted_object object;

static void
begin(void)
{
    evc_buf_init(&made);
}

static void
end(void)
{
    evc_buf_reset(&made);
}

/* What kubernetes.md 3.3 gives: fields ascending, the type last. */
static const char published[] =
    "0a45202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445"
    "464748494a4b6c3858a1c76e1205c12bb95415f27d27443a2497f32e54885312056b656b2d311a0c"
    "777261707065642d7365656422120a0d762e6578616d706c652e636f6d1201312801";

static void
put_published(void)
{
    size_t size = strlen(published) / 2;

    EVC_CHECK_OK(evc_decode_hex(evc_view_text(published), evc_buf_extend(&made, size),
                                size, NULL));
}

START_TEST(reads_every_field)
{
    put_published();
    EVC_CHECK_OK(evc_encrypted_object_read(evc_buf_view(&made), &object, NULL));
    ck_assert_uint_eq(object.data.size, 69);
    ck_assert(evc_view_is_text(object.key_id, "kek-1"));
    ck_assert(evc_view_is_text(object.dek_source, "wrapped-seed"));
    ck_assert_int_eq(object.type, EVC_DEK_SOURCE_SEED);
    ck_assert_uint_eq(object.annotation_count, 1);
}
END_TEST

START_TEST(gives_annotations_by_number)
{
    evc_view name;
    evc_view value;

    put_published();
    EVC_CHECK_OK(evc_encrypted_object_read(evc_buf_view(&made), &object, NULL));
    ck_assert(evc_encrypted_object_annotation(&object, 0, &name, &value));
    ck_assert(evc_view_is_text(name, "v.example.com"));
    ck_assert(evc_view_is_text(value, "1"));
    ck_assert(!evc_encrypted_object_annotation(&object, 1, &name, &value));
}
END_TEST

START_TEST(writes_as_go_does)
{
    evc_object_note note = {VIEW("v.example.com"), VIEW("1")};
    evc_buf again;

    evc_buf_init(&again);
    put_published();
    EVC_CHECK_OK(evc_encrypted_object_read(evc_buf_view(&made), &object, NULL));
    evc_encrypted_object_write(&object, &note, 1, &again);
    ck_assert(evc_view_equal(evc_buf_view(&again), evc_buf_view(&made)));
    evc_buf_reset(&again);
}
END_TEST

START_TEST(leaves_the_type_of_a_plain_key_out)
{
    evc_encrypted_object plain = {
        .data = VIEW("data"), .key_id = VIEW("id"), .dek_source = VIEW("dek")};

    evc_encrypted_object_write(&plain, NULL, 0, &made);
    ck_assert(evc_view_equal(evc_buf_view(&made), VIEW("\x0a\x04"
                                                       "data\x12\x02id\x1a\x03"
                                                       "dek")));
}
END_TEST

/* Data, key id and wrapped key of these sizes. */
static void
put_sized(size_t data, size_t key_id, size_t dek)
{
    static char filler[2048];

    memset(filler, 'x', sizeof(filler));
    evc_pb_put_bytes(&made, 1, evc_view_of(filler, data));
    evc_pb_put_bytes(&made, 2, evc_view_of(filler, key_id));
    evc_pb_put_bytes(&made, 3, evc_view_of(filler, dek));
}

static int
read_made(void)
{
    ck_assert(!made.failed);
    return evc_encrypted_object_read(evc_buf_view(&made), &object, NULL);
}

START_TEST(reads_members_at_their_limits)
{
    put_sized(1, EVC_KUBE_KEY_ID_MAX, EVC_KUBE_DEK_SOURCE_MAX);
    EVC_CHECK_OK(read_made());
}
END_TEST

static const struct {
    size_t data, key_id, dek;
} past[] = {
    {0, 1, 1},
    {1, 0, 1},
    {1, EVC_KUBE_KEY_ID_MAX + 1, 1},
    {1, 1, 0},
    {1, 1, EVC_KUBE_DEK_SOURCE_MAX + 1},
};

START_TEST(refuses_members_past_their_limits)
{
    for (size_t i = 0; i < sizeof(past) / sizeof(*past); i++) {
        evc_buf_clear(&made);
        put_sized(past[i].data, past[i].key_id, past[i].dek);
        EVC_CHECK_CODE(read_made(), ENVCRYPT_E_STORED);
        ck_assert_ptr_null(object.data.data);
    }
}
END_TEST

static void
put_annotation(evc_view name, size_t value_size)
{
    static char filler[EVC_KUBE_ANNOTATIONS_MAX];
    evc_buf entry;

    evc_buf_init(&entry);
    evc_pb_put_bytes(&entry, 1, name);
    evc_pb_put_bytes(&entry, 2, evc_view_of(filler, value_size));
    evc_pb_put_bytes(&made, 4, evc_buf_view(&entry));
    evc_buf_reset(&entry);
}

START_TEST(reads_annotations_up_to_their_limit)
{
    put_sized(1, 1, 1);
    put_annotation(VIEW("a.b"), EVC_KUBE_ANNOTATIONS_MAX - 6);
    put_annotation(VIEW("a.c"), 0);
    EVC_CHECK_OK(read_made());
    ck_assert_uint_eq(object.annotation_count, 2);
}
END_TEST

START_TEST(refuses_annotations_past_their_limit)
{
    put_sized(1, 1, 1);
    put_annotation(VIEW("a.b"), EVC_KUBE_ANNOTATIONS_MAX - 6);
    put_annotation(VIEW("a.cd"), 0);
    EVC_CHECK_CODE(read_made(), ENVCRYPT_E_STORED);
}
END_TEST

#define LABEL_63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

START_TEST(names_of_annotations_are_domains)
{
    static const char *const names[] = {"a.b", "a-1.b--c", "0.1.2", "a.b.",
                                        LABEL_63 ".b"};

    put_sized(1, 1, 1);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        put_annotation(evc_view_text(names[i]), 1);
    EVC_CHECK_OK(read_made());
}
END_TEST

START_TEST(refuses_annotations_of_other_names)
{
    static const char *const names[] = {"",
                                        "a",
                                        "a.",
                                        ".a.b",
                                        "a..b",
                                        "-a.b",
                                        "a-.b",
                                        "a.b-",
                                        "A.b",
                                        "a_.b",
                                        "a/b.c",
                                        "a.-b",
                                        "a" LABEL_63 ".b",
                                        "a.b..",
                                        "\xc3\xa4.b"};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        evc_buf_clear(&made);
        put_sized(1, 1, 1);
        put_annotation(evc_view_text(names[i]), 1);
        EVC_CHECK_CODE(read_made(), ENVCRYPT_E_STORED);
    }
}
END_TEST

START_TEST(names_of_annotations_have_a_limit)
{
    char name[256];

    for (size_t i = 0; i < sizeof(name); i++)
        name[i] = i % 2 ? '.' : 'a';
    put_sized(1, 1, 1);
    put_annotation(evc_view_of(name, 253), 1);
    EVC_CHECK_OK(read_made());
    put_annotation(evc_view_of(name, 255), 1);
    EVC_CHECK_CODE(read_made(), ENVCRYPT_E_STORED);
}
END_TEST

START_TEST(passes_over_unknown_fields_and_wire_types)
{
    put_sized(1, 1, 1);
    evc_pb_put_bytes(&made, 6, VIEW("later"));
    evc_pb_put_varint(&made, 7, 3);
    evc_pb_put_varint(&made, 1, 3);
    evc_pb_put_bytes(&made, 5, VIEW("x"));
    EVC_CHECK_OK(read_made());
    ck_assert_int_eq(object.type, EVC_DEK_SOURCE_KEY);
    ck_assert(evc_view_is_text(object.data, "x"));
}
END_TEST

START_TEST(takes_the_last_of_doubled_fields)
{
    put_sized(0, 1, 1);
    evc_pb_put_bytes(&made, 1, VIEW("first"));
    evc_pb_put_bytes(&made, 1, VIEW("last"));
    evc_pb_put_varint(&made, 5, 9);
    evc_pb_put_varint(&made, 5, 1);
    EVC_CHECK_OK(read_made());
    ck_assert(evc_view_is_text(object.data, "last"));
    ck_assert_int_eq(object.type, EVC_DEK_SOURCE_SEED);
}
END_TEST

START_TEST(refuses_unknown_types_of_keys)
{
    put_sized(1, 1, 1);
    evc_pb_put_varint(&made, 5, 2);
    EVC_CHECK_CODE(read_made(), ENVCRYPT_E_STORED);
}
END_TEST

/* Go compares with 32 bits; we do not take 2^32 for 0. */
START_TEST(refuses_types_past_32_bits)
{
    put_sized(1, 1, 1);
    evc_pb_put_varint(&made, 5, UINT64_C(1) << 32);
    EVC_CHECK_CODE(read_made(), ENVCRYPT_E_STORED);
}
END_TEST

START_TEST(refuses_key_ids_that_are_not_utf8)
{
    put_sized(1, 1, 1);
    evc_pb_put_bytes(&made, 2, VIEW("\xff"));
    EVC_CHECK_CODE(read_made(), ENVCRYPT_E_STORED);
}
END_TEST

START_TEST(refuses_malformed_annotations)
{
    static const char *const entries[] = {"\x0a\x05"
                                          "cut",
                                          "\x0a\x01\xff"};

    for (size_t i = 0; i < 2; i++) {
        evc_buf_clear(&made);
        put_sized(1, 1, 1);
        evc_pb_put_bytes(&made, 4, evc_view_text(entries[i]));
        EVC_CHECK_CODE(read_made(), ENVCRYPT_E_STORED);
    }
}
END_TEST

/* Behind whole fields a shorter message may be one too; it then lacks a field or has
 * another type. */
START_TEST(refuses_every_cut)
{
    put_published();
    for (size_t size = 0; size < made.size; size++) {
        int rc = evc_encrypted_object_read(evc_view_of(made.data, size), &object, NULL);

        if (rc == 0)
            ck_assert(object.type == EVC_DEK_SOURCE_KEY);
        else
            EVC_CHECK_CODE(rc, ENVCRYPT_E_STORED);
    }
}
END_TEST

static int
write_with_notes(void *user)
{
    evc_object_note note = {VIEW("v.example.com"), VIEW("1")};
    evc_encrypted_object plain = {
        .data = VIEW("data"), .key_id = VIEW("id"), .dek_source = VIEW("dek")};
    evc_buf out;
    int rc;

    (void)user;
    evc_buf_init(&out);
    evc_encrypted_object_write(&plain, &note, 1, &out);
    rc = evc_buf_check(&out, NULL);
    evc_buf_reset(&out);
    return rc;
}

START_TEST(writing_survives_any_lack_of_memory)
{
    ck_assert_uint_gt(evc_alloc_sweep(write_with_notes, NULL), 1);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        reads_every_field,
        gives_annotations_by_number,
        writes_as_go_does,
        leaves_the_type_of_a_plain_key_out,
        reads_members_at_their_limits,
        refuses_members_past_their_limits,
        reads_annotations_up_to_their_limit,
        refuses_annotations_past_their_limit,
        names_of_annotations_are_domains,
        refuses_annotations_of_other_names,
        names_of_annotations_have_a_limit,
        passes_over_unknown_fields_and_wire_types,
        takes_the_last_of_doubled_fields,
        refuses_unknown_types_of_keys,
        refuses_types_past_32_bits,
        refuses_key_ids_that_are_not_utf8,
        refuses_malformed_annotations,
        refuses_every_cut,
        writing_survives_any_lack_of_memory,
        NULL,
    };
    TCase *tcase = tcase_create("encrypted object");

    tcase_add_checked_fixture(tcase, begin, end);
    for (const TTest *const *test = tests; *test; test++)
        tcase_add_test(tcase, *test);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("encrypted object", add_tests)
