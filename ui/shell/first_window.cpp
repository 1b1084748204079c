#include "ui/shell/first_window.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFileInfo>
#include <QLocalSocket>

namespace fusionscope::ui {

namespace {

constexpr int connectPatience = 1000;       // milliseconds
constexpr int answerPatience = 10'000;      // the first window may still be starting
constexpr qint64 longestRequest = 1 << 20;  // bytes; more is not from this program

}  // namespace

FirstWindow::FirstWindow(const QString& dataFolder, QObject* parent) : QObject(parent) {
    const auto place = QDir::cleanPath(QFileInfo(dataFolder).absoluteFilePath()).toUtf8();
    m_name = "fusionscope-" + QCryptographicHash::hash(place, QCryptographicHash::Sha256).toHex().left(16);
    m_server.setSocketOptions(QLocalServer::UserAccessOption);
    connect(&m_server, &QLocalServer::newConnection, this, &FirstWindow::accept);
}

bool FirstWindow::handOver(const StartRequest& request) const {
    QLocalSocket socket;
    socket.connectToServer(m_name);
    if (!socket.waitForConnected(connectPatience)) return false;
    socket.write(toJson(request) + '\n');
    return socket.waitForReadyRead(answerPatience) && socket.readLine() == "taken\n";
}

bool FirstWindow::listen() {
    if (m_server.listen(m_name)) return true;
    QLocalServer::removeServer(m_name);  // left by a program that ended without closing it
    return m_server.listen(m_name);
}

void FirstWindow::accept() {
    while (auto* socket = m_server.nextPendingConnection()) {
        connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
        const auto read = [this, socket] {
            if (socket->bytesAvailable() > longestRequest) return socket->abort();
            if (!socket->canReadLine()) return;
            if (const auto request = startRequestFrom(socket->readLine())) {
                socket->write("taken\n");
                emit received(*request);
            }
            socket->disconnectFromServer();
        };
        connect(socket, &QLocalSocket::readyRead, this, read);
        read();
    }
}

}  // namespace fusionscope::ui
