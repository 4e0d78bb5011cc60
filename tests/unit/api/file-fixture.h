/* SPDX-License-Identifier: Apache-2.0 */
/* Files of messages in a folder of the test. */
#ifndef EVC_TESTS_FILE_FIXTURE_H
#define EVC_TESTS_FILE_FIXTURE_H

#include "api-fixture.h"
#include "evc-folder.h"

#define PLAIN_SIZE 3000

static envcrypt_keyring *keyring;

static inline void
write_file(const char *name, const void *bytes, size_t size)
{
    FILE *file = fopen(evc_folder_path(name), "wb");

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

static inline size_t
read_file(const char *name, void *bytes, size_t room)
{
    FILE *file = fopen(evc_folder_path(name), "rb");
    size_t size;

    ck_assert_ptr_nonnull(file);
    size = fread(bytes, 1, room, file);
    (void)fclose(file);
    return size;
}

static inline bool
exists(const char *name)
{
    return access(evc_folder_path(name), F_OK) == 0;
}

static inline void
fill_plain(unsigned char plain[PLAIN_SIZE])
{
    for (size_t i = 0; i < PLAIN_SIZE; i++)
        plain[i] = (unsigned char)(i * 7);
}

static void
open_files(void)
{
    static unsigned char plain[PLAIN_SIZE];

    evc_folder_make();
    open_client();
    keyring = open_keyring("a", NULL);
    fill_plain(plain);
    write_file("plain", plain, sizeof(plain));
}

static void
close_files(void)
{
    envcrypt_keyring_unref(keyring);
    close_client();
    evc_folder_remove();
}

static inline void
encrypt_plain(const envcrypt_message_config *config)
{
    EVC_CHECK_OK(envcrypt_encrypt_file(keyring, config, evc_folder_path("plain"),
                                       evc_folder_path("message"),
                                       ENVCRYPT_FILE_REPLACE, NULL, NULL));
}

/* The message opens with the keyring and holds what "plain" holds. */
static inline void
check_message(envcrypt_keyring *with)
{
    static unsigned char back[2 * PLAIN_SIZE];
    static unsigned char plain[PLAIN_SIZE];

    fill_plain(plain);
    EVC_CHECK_OK(envcrypt_decrypt_file(with, NULL, evc_folder_path("message"),
                                       evc_folder_path("back"), ENVCRYPT_FILE_REPLACE,
                                       NULL, NULL, NULL));
    ck_assert_uint_eq(read_file("back", back, sizeof(back)), PLAIN_SIZE);
    ck_assert_mem_eq(back, plain, PLAIN_SIZE);
}

/* One bit of the last byte of the message. */
static inline void
damage_message(void)
{
    static unsigned char bytes[2 * PLAIN_SIZE];
    size_t size = read_file("message", bytes, sizeof(bytes));

    bytes[size - 1] ^= 1;
    write_file("message", bytes, size);
}

static inline void
files_add(Suite *suite, const char *name, const TTest *const *tests)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, open_files, close_files);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    suite_add_tcase(suite, tcase);
}

#endif
