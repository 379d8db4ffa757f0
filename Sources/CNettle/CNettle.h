// Of libnettle: HMAC-SHA-256.
#include <nettle/hmac.h>
