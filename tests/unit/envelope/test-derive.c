/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/derive.h"

#include "../crypto/crypto-fixture.h"

/*
 * Of published messages, named beside each. The content keys of version 1 come from
 * another HKDF, and open the header tag of the message; those of version 2 are published.
 */
static const struct derived {
    uint16_t suite;
    const char *data_key;
    const char *id;
    const char *content;
    const char *commitment;
} derived[] = {
    /* dafny-667b7fc6-db00 */
    {0x0014, "909eef59378a5ff3fd7e0f700e0cee72", "486a771a0f09d1308d5e8965cdd094fc",
     "909eef59378a5ff3fd7e0f700e0cee72", NULL},
    /* dafny-1128f20a-2d0e */
    {0x0046, "37203ff2182715de1496b39a81639f4be93c9ed463e861b7",
     "9eae252510fe156718edf7e2637a5f4e",
     "37203ff2182715de1496b39a81639f4be93c9ed463e861b7", NULL},
    /* dafny-6faf0e44-8e62 */
    {0x0078, "c4028b66af6a5469656eb4c936968dc1ea7baaf1f8dc41b12c95f4041638b2c6",
     "aecc9c24cd5fde4d4c66dd8fbf65c09a",
     "c4028b66af6a5469656eb4c936968dc1ea7baaf1f8dc41b12c95f4041638b2c6", NULL},
    /* dafny-0719f9b3-ec3a */
    {0x0114, "69c82f6e2aacfdc62b8c7fc74be24619", "ab11b7936c7b559f322b60afa936d71c",
     "6324ca7adfbc8aa23286da8af425b58d", NULL},
    /* dafny-30a5ad43-52a2 */
    {0x0146, "439451d9df8ded9809056b6ff2ee446aa16e1002720122f6",
     "6071f92dfced3f9aa61d0641787adc2d",
     "21c586a5050833566eeab86bd1132f7876adc1b7bb8820cc", NULL},
    /* dafny-b2de7be8-246b */
    {0x0178, "3a3a5f0f7858b4e5790515f543f551161c1f055f7c443671bb40ee64f272b5f7",
     "545df28ee76eb4d597d37e6725fcdbae",
     "7f10cbb598486ef029613bc88582f709d392e7e25dd22f9b1ff98c2e522fc7c4", NULL},
    /* dafny-8292729c-5464 */
    {0x0214, "5225c8d20f9dbb701718eb1bb546a09d", "16d8cb0a9978abc4f9975b4c9f7ecfa5",
     "b39d785d33f2a46487f96a9ecc415735", NULL},
    /* dafny-b61c8270-b83f */
    {0x0346, "8140f35627884175ea0166d37fa05fee09bbeddbead94739",
     "adeaa2faeb1a87058b870e92983e4ec4",
     "e76db97c884cd3896ac4a0339e1d41ef4373120f7ece3f50", NULL},
    /* dafny-06f2224a-a847 */
    {0x0378, "46995c6321f950b741737cae582ba00b054120a51d352cbf4fcaeb825554c5ed",
     "e7136c9d31af662a6d662ca597f88a81",
     "63dc12680a4756a42e2a18025271a1cfe4bde74702c4045e07da6c2de24febe9", NULL},
    /* commit-01 */
    {0x0478, "fa9ebec213d5c3d90ead82d914c4412769fa5658ba4ffed39230e8b92fb6e6cd",
     "4dfbd1314d9d55925b817232c5e36d6e3e5e230f018930e2c2c1f243f67dc179",
     "57aef7d35c8c26d9348f139cdd025e05a73ab8ac4edd7ca55ad90a4d899453e3",
     "17cf08f733db51049f3a5ccb5effae218dbe9bf13a8f63ccb1b81e1d51ff2f4c"},
    /* commit-03 */
    {0x0578, "157e51e0b2542755e4cdc579186452f4c49db5cfb6933caf12c5458844f0762e",
     "be37fb0e76473f4320438fd01d91f567fd4bb76e28c8c4740e281e9d2a6ba3dc",
     "62a7a513a17e712c83beeec14d1f199cf43367eecdba67f0bb074ecda45be388",
     "05cd035b29d5499d4587570b87502afe634f7b2cc3df2aa988a101054a2c7687"},
};
#define DERIVED (int)(sizeof derived / sizeof derived[0])

typedef struct keys {
    uint8_t content[32];
    uint8_t commitment[EVC_COMMITMENT];
} keys;

static int
derive(uint16_t suite, const bytes *data_key, const bytes *id, keys *out)
{
    memset(out, 0xaa, sizeof *out);
    return evc_derive(crypto, evc_suite_find(suite), view(data_key), id->data,
                      out->content, out->commitment, NULL);
}

START_TEST(derives_the_content_keys_of_published_messages)
{
    const struct derived *d = &derived[_i];
    bytes data_key = hex(d->data_key);
    bytes id = hex(d->id);
    keys out;

    EVC_CHECK_OK(derive(d->suite, &data_key, &id, &out));
    CHECK_HEX(out.content, d->content);
}
END_TEST

START_TEST(derives_the_commitments_of_published_messages)
{
    static const uint8_t none[EVC_COMMITMENT];
    const struct derived *d = &derived[_i];
    bytes data_key = hex(d->data_key);
    bytes id = hex(d->id);
    keys out;

    EVC_CHECK_OK(derive(d->suite, &data_key, &id, &out));
    if (d->commitment)
        CHECK_HEX(out.commitment, d->commitment);
    else
        ck_assert_mem_eq(out.commitment, none, sizeof none);
}
END_TEST

START_TEST(refuses_data_keys_of_another_size)
{
    const struct derived *d = &derived[_i];
    bytes data_key = hex(d->data_key);
    bytes id = hex(d->id);
    keys out;

    data_key.size--;
    EVC_CHECK_CODE(derive(d->suite, &data_key, &id, &out), ENVCRYPT_E_BAD_DEK);
    data_key.size += 2;
    EVC_CHECK_CODE(derive(d->suite, &data_key, &id, &out), ENVCRYPT_E_BAD_DEK);
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("derive");

    tcase_add_checked_fixture(tcase, open_crypto, close_crypto);
    tcase_add_loop_test(tcase, derives_the_content_keys_of_published_messages, 0,
                        DERIVED);
    tcase_add_loop_test(tcase, derives_the_commitments_of_published_messages, 0,
                        DERIVED);
    tcase_add_loop_test(tcase, refuses_data_keys_of_another_size, 0, DERIVED);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("derive", add_tests)
