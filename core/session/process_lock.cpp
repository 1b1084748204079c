#include "core/session/process_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "core/files/error.h"

namespace fusionscope::session {

ProcessLock::ProcessLock(const std::filesystem::path& file) {
    m_descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (m_descriptor < 0) {
        const int reason = errno;
        throw Error("cannot be written: " + std::generic_category().message(reason), file.string(),
                    "The history needs a folder that you may write to; change its permissions, free some space, or "
                    "choose another folder.");
    }
    if (::flock(m_descriptor, LOCK_EX | LOCK_NB) == 0) return;
    const int reason = errno;
    ::close(m_descriptor);
    if (reason == EWOULDBLOCK)
        throw Error("is open in another Fusionscope", file.parent_path().string(),
                    "Go on in the window that is open, or close it and try again.");
    throw Error("cannot be locked: " + std::generic_category().message(reason), file.string(),
                "Choose another folder for the history.");
}

ProcessLock::~ProcessLock() { ::close(m_descriptor); }

}  // namespace fusionscope::session
