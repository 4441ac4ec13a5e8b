// Sends a screen view, a page view and an event through the real universal-analytics library; prints "sent" when all are answered.
// Usage: node universal_analytics.js http://127.0.0.1:PORT
"use strict";

const universalAnalytics = require("universal-analytics");

const visitor = universalAnalytics("UA-12345-6", "35009a79-1a05-49d7-b876-2b884d0f825b", { hostname: process.argv[2], http: true });

visitor
  .screenview({ cd: "Home", an: "Till", av: "1.6.2" })
  .pageview({ dp: "/checkout", dh: "shop.example", dt: "Kasse" })
  .event({ ec: "Video", ea: "Play Trailer", el: "Holidays", ev: 42, cd1: "dimension", cm2: 7 })
  .send((error) => {
    console.log(error ? String(error) : "sent");
    process.exitCode = error ? 1 : 0;
  });
