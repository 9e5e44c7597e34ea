#include "core/wire/websocket/websocket.h"

#include <QtTest>

using namespace stepwire::websocket;

class TestWebsocket : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void keys();
};

void TestWebsocket::keys()
{
    // the example of RFC 6455
    QCOMPARE(acceptKey("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    QVERIFY(isValidKey("dGhlIHNhbXBsZSBub25jZQ=="));
}

QTEST_GUILESS_MAIN(TestWebsocket)
#include "tst_websocket.moc"
