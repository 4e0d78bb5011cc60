/* SPDX-License-Identifier: Apache-2.0 */
#include "envcrypt/buffer.h"

#include "base/buf.h"

const void *
envcrypt_buffer_data(const envcrypt_buffer *buffer)
{
    return buffer ? (const void *)buffer->data : "";
}

size_t
envcrypt_buffer_size(const envcrypt_buffer *buffer)
{
    return buffer ? buffer->size : 0;
}

void
envcrypt_buffer_free(envcrypt_buffer *buffer)
{
    evc_buf_free(buffer);
}
